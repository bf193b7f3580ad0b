/* Photos taken or chosen, by what they show; their bytes are read at once, because a phone may take the file away again. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const MOST = 9;
  const ACCEPTED = "image/jpeg,image/png,image/webp"; // named one by one, so that a phone converts its own format

  /* A picker in ``box`` for roles such as near, far, after; ``changed`` is told when photos come or go. */
  g.photoPicker = function (box, roles, changed) {
    let photos = [];
    const shown = g.make("ul", { class: "thumbs" });

    function tell() {
      draw();
      if (changed) changed();
    }

    async function take(input, role) {
      for (const file of Array.from(input.files).slice(0, MOST - photos.length)) {
        const bytes = await file.arrayBuffer();
        photos.push({ role: role, name: file.name || "photo.jpg", type: file.type || "image/jpeg", bytes: bytes });
      }
      input.value = "";
      tell();
    }

    function draw() {
      shown.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
      shown.replaceChildren(...photos.map(thumb));
    }

    function thumb(photo, index) {
      const name = g.say("photo_number", { number: index + 1, role: g.say("role_" + photo.role) });
      const image = g.make("img", { alt: name, src: URL.createObjectURL(new Blob([photo.bytes], { type: photo.type })) });
      const remove = g.make("button", { type: "button", class: "remove", "aria-label": g.say("photo_remove", { number: index + 1 }), text: "×" });
      remove.addEventListener("click", () => {
        photos.splice(index, 1);
        tell();
      });
      return g.make("li", {}, [image, g.make("small", { text: g.say("role_" + photo.role) }), remove]);
    }

    function button(role) {
      const input = g.make("input", { type: "file", accept: ACCEPTED, capture: "environment", multiple: "", class: "visually-hidden", "data-role": role });
      input.addEventListener("change", () => take(input, role));
      return g.make("label", { class: "button shoot" }, [input, g.make("span", { text: g.say("role_" + role) })]);
    }

    box.replaceChildren(g.make("div", { class: "buttons" }, roles.map(button)), shown);
    return {
      photos: () => photos.slice(),
      load: (given) => {
        photos = given.slice();
        tell();
      },
      clear: () => {
        photos = [];
        tell();
      },
    };
  };
})();
