"use strict";
(function () {
  var all = function (selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  };
  var table = document.getElementById("control-table");
  var rows = all("tbody tr", table);
  var folds = all("details.control");
  var search = document.getElementById("search");
  var groupings = JSON.parse(document.getElementById("groupings").textContent);
  var language = document.documentElement.lang;
  var texts = null;

  all(".tools, .fold").forEach(function (part) { part.hidden = false; });

  function shown(row) {
    var box = document.getElementById("show-" + row.dataset.status);
    return !row.classList.contains("missed") && (!box || box.checked);
  }

  function count() {
    document.getElementById("found-count").textContent = rows.filter(shown).length;
    all("tr.group", table).forEach(function (head) {
      var next = head.nextElementSibling;
      var any = false;
      while (next && !next.classList.contains("group")) {
        any = any || shown(next);
        next = next.nextElementSibling;
      }
      head.classList.toggle("missed", !any);
    });
  }

  function read() {
    texts = rows.map(function (row, place) {
      return (row.textContent + " " + (folds[place] || row).textContent).toLowerCase();
    });
  }

  function find() {
    if (!texts) { read(); }
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach(function (row, place) {
      var missed = !words.every(function (word) { return texts[place].indexOf(word) >= 0; });
      row.classList.toggle("missed", missed);
      if (folds[place]) { folds[place].classList.toggle("missed", missed); }
    });
    all("tr.again", table).forEach(function (copy) {
      copy.classList.toggle("missed", rows[copy.dataset.place].classList.contains("missed"));
    });
    count();
  }

  function heading(label) {
    var head = document.createElement("tr");
    var cell = document.createElement("th");
    head.className = "group";
    cell.colSpan = 6;
    cell.scope = "rowgroup";
    cell.textContent = label[language] || label.en;
    cell.dataset.labels = JSON.stringify(label);
    head.appendChild(cell);
    return head;
  }

  function arrange(name) {
    var body = table.tBodies[0];
    var used = {};
    var groups = groupings[name];
    body.textContent = "";
    if (!groups) {
      rows.forEach(function (row) { body.appendChild(row); });
    } else {
      groups.forEach(function (group) {
        body.appendChild(heading(group[0]));
        group[1].forEach(function (place) {
          var row = rows[place];
          if (used[place]) {
            row = row.cloneNode(true);
            row.classList.add("again");
            row.dataset.place = place;
          }
          used[place] = true;
          body.appendChild(row);
        });
      });
    }
    find();
  }

  function speak(chosen) {
    language = chosen;
    // Each time it is set, the whole page is styled anew.
    if (document.documentElement.lang !== chosen) { document.documentElement.lang = chosen; }
    all("tr.group th", table).forEach(function (cell) {
      cell.textContent = JSON.parse(cell.dataset.labels)[chosen];
    });
    all("button.copier").forEach(name);
  }

  function name(button) {
    button.textContent = { de: "Kopieren", en: "Copy" }[language];
  }

  function visible(element) {
    var copy = element.cloneNode(true);
    all("span[lang]", copy).forEach(function (part) {
      if (part.lang !== language) { part.remove(); }
    });
    return copy.textContent;
  }

  function copied(element, button) {
    var done = function () {
      button.textContent = { de: "Kopiert", en: "Copied" }[language];
      setTimeout(function () { name(button); }, 1500);
    };
    navigator.clipboard.writeText(visible(element)).then(done, function () {
      getSelection().selectAllChildren(element);
    });
  }

  all(".copy").forEach(function (element) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copier";
    name(button);
    button.addEventListener("click", function () { copied(element, button); });
    element.after(button);
  });

  search.addEventListener("input", find);
  all("input[name=group]").forEach(function (choice) {
    choice.addEventListener("change", function () { arrange(choice.value); });
  });
  all("input[name=language]").forEach(function (choice) {
    choice.addEventListener("change", function () { speak(choice.value); });
    if (choice.checked) { speak(choice.value); }
  });
  // A link to a control leads to its details even for those who see none otherwise.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href^='#control-']");
    if (link) { document.getElementById("view-technician").checked = true; }
  });
  all("[id^=show-]").forEach(function (box) { box.addEventListener("change", count); });
  all("[data-fold]").forEach(function (button) {
    button.addEventListener("click", function () {
      folds.forEach(function (fold) { fold.open = button.dataset.fold === "open"; });
    });
  });
})();
