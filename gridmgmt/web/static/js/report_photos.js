/* Photos of the report form: sent as soon as they are chosen, so that sending the report itself is quick. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var form = document.getElementById("report");
  var input = document.getElementById("photo");
  var kept = form.elements.photos;
  var list = document.getElementById("photo-list");
  var status = document.getElementById("photo-status");
  var submit = document.getElementById("submit");
  var most = Number(input.dataset.most);
  var waiting = Promise.resolve();
  var open = 0;

  input.removeAttribute("name"); // the form carries the names of the photos, not the files
  form.removeAttribute("enctype");
  input.parentElement.classList.add("scripted");

  function names() {
    return kept.value ? kept.value.split(",") : [];
  }

  function drop(name, line) {
    kept.value = names()
      .filter(function (each) {
        return each !== name;
      })
      .join(",");
    line.remove();
    input.focus();
  }

  function show(name, file) {
    var line = g.make("li");
    if (file) {
      var picture = g.make("img");
      var address = URL.createObjectURL(file);
      picture.alt = file.name;
      picture.onload = function () {
        URL.revokeObjectURL(address);
      };
      picture.src = address;
      line.appendChild(picture);
    }
    var button = g.make("button", { type: "button", text: g.say("photo_remove") });
    button.addEventListener("click", function () {
      drop(name, line);
    });
    line.appendChild(button);
    list.appendChild(line);
  }

  function send(file) {
    return g.withToken(form, function () {
      return upload(file);
    });
  }

  function upload(file) {
    var body = new FormData();
    body.append("photo", file);
    body.append("csrf_token", form.elements.csrf_token.value);
    return fetch("/photos", { method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(g.read)
      .then(function (answer) {
        return answer.photo;
      });
  }

  function take(file) {
    if (names().length >= most) {
      status.textContent = g.say("photo_most", { count: most });
      return Promise.resolve();
    }
    status.textContent = g.say("photo_sending");
    return send(file).then(
      function (name) {
        if (names().indexOf(name) === -1) {
          kept.value = names().concat(name).join(",");
          show(name, file);
        }
        status.textContent = g.say("photo_sent");
      },
      function (error) {
        status.textContent = error.known ? error.message : g.say("photo_failed");
      },
    );
  }

  input.addEventListener("change", function () {
    Array.from(input.files).forEach(function (file) {
      open += 1;
      submit.disabled = true;
      waiting = waiting
        .then(function () {
          return take(file);
        })
        .then(function () {
          open -= 1;
          submit.disabled = open > 0;
        });
    });
    input.value = "";
  });

  names().forEach(function (name) {
    show(name, null);
  });
})();
