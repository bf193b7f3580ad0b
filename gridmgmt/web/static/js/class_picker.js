/* Choose a class by one tap: what was chosen last on this device, what is frequent in the area, or a search. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const RECENT = 4;
  const CHIPS = 6;
  const FOUND = 8;

  g.classPicker = function (chips, search, found, chosen, owner, changed) {
    const memory = g.memory("classes-" + owner);
    let classes = new Map();
    let frequent = [];
    let key = "";

    function recent() {
      return (memory.get() || "").split(",").filter((one) => classes.has(one));
    }

    function choose(next) {
      key = next === key ? "" : next;
      search.value = "";
      draw();
      changed();
    }

    function button(one) {
      const entry = classes.get(one);
      const made = g.make("button", { type: "button", "aria-pressed": String(one === key), "data-key": one, text: entry.name });
      made.addEventListener("click", () => choose(one));
      return made;
    }

    function matches(words) {
      const hit = (entry) => (entry.code + entry.name + entry.group).toLowerCase().includes(words);
      return words ? Array.from(classes.values()).filter(hit).slice(0, FOUND) : [];
    }

    function draw() {
      const offered = [...new Set([key, ...recent(), ...frequent])].filter((one) => classes.has(one));
      const focused = chips.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      chips.replaceChildren(...offered.slice(0, CHIPS).map(button));
      if (focused) chips.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
      found.replaceChildren(...matches(search.value.trim().toLowerCase()).map((entry) => g.make("li", {}, [button(entry.key)])));
      chosen.textContent = key ? g.say("chosen_class", { name: classes.get(key)?.name || key }) : g.say("no_class");
    }

    search.addEventListener("input", draw);
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = matches(search.value.trim().toLowerCase())[0];
      if (first) choose(first.key);
    });
    draw();

    return {
      value: () => key,
      name: () => classes.get(key)?.name || key,
      set: (next) => {
        key = next || "";
        draw();
      },
      remember: () => {
        if (key) memory.set([...new Set([key, ...recent()])].slice(0, RECENT).join(","));
      },
      fill: (answer) => {
        classes = new Map(answer.classes.map((entry) => [entry.key, entry]));
        const first = answer.classes.slice(0, CHIPS).map((entry) => entry.key);
        frequent = [...answer.frequent, ...first];
        draw();
      },
    };
  };
})();
