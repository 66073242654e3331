"use strict";
(function () {
  var all = function (selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  };
  var byId = function (id) { return document.getElementById(id); };
  var rows = all("#pbx-table tbody tr");
  var lines = {};
  var columns = JSON.parse(byId("columns").textContent);
  var language = document.documentElement.lang;
  var texts = null;
  var search = byId("search");
  var choices = ["state", "tenant", "tag", "outcome", "severity", "area", "control"];

  all(".heat tbody tr").forEach(function (line) { lines[line.dataset.p] = line; });
  all(".tools").forEach(function (part) { part.hidden = false; });

  function chosen(name) {
    var select = byId("by-" + name);
    return select ? select.value : "";
  }

  // The places that a path goes through.
  function cells(path) {
    var places = [];
    path.getAttribute("d").replace(/M(\d+) 8h(\d+)/g, function (_, begin, length) {
      for (var at = Number(begin); at < Number(begin) + Number(length); at += 1) { places.push(at); }
    });
    return places;
  }

  function kind(path) { return path.getAttribute("class"); }

  function hasControl(line, wish) {
    return all("td path", line).some(function (path) {
      var tone = kind(path);
      return tone !== "p" && tone.indexOf(wish.outcome) === 0 &&
        (!wish.severity || (path.dataset.s || tone) === wish.severity) &&
        cells(path).some(function (at) {
          return (!wish.area || columns[at][1] === wish.area) &&
            (!wish.control || columns[at][0] === wish.control);
        });
    });
  }

  function find() {
    var wish = {};
    choices.forEach(function (name) { wish[name] = chosen(name); });
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var byControl = wish.outcome || wish.severity || wish.area || wish.control;
    var count = 0;
    if (!texts && words.length) {
      texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
    }
    rows.forEach(function (row, place) {
      var line = lines[row.id.slice(4)];
      var facts = row.dataset;
      var shown = (!wish.state || (wish.state === "!" ? "n" in facts : facts.s === wish.state)) &&
        (!wish.tenant || facts.t === wish.tenant) &&
        (!wish.tag || (facts.g || "").split(" ").indexOf(wish.tag) >= 0) &&
        words.every(function (word) { return texts[place].indexOf(word) >= 0; }) &&
        (!byControl || (line !== undefined && hasControl(line, wish)));
      row.hidden = !shown;
      if (line) { line.hidden = !shown; }
      count += shown ? 1 : 0;
    });
    byId("found-count").textContent = count;
    byId("show-all").hidden = count === rows.length;
  }

  function showAll() {
    search.value = "";
    choices.forEach(function (name) {
      var select = byId("by-" + name);
      if (select) { select.value = ""; }
    });
    find();
    search.focus();
  }

  function speak(wanted) {
    language = wanted;
    if (document.documentElement.lang !== wanted) { document.documentElement.lang = wanted; }
    all("option[data-en]").forEach(function (option) {
      option.textContent = option.getAttribute("data-" + wanted);
    });
  }

  // What the cell under the pointer is.
  function read(event) {
    var svg = event.target.closest(".heat tbody svg");
    var told = "";
    if (svg) {
      var box = svg.getBoundingClientRect();
      var at = Math.floor((event.clientX - box.left) / box.width * columns.length);
      var column = columns[Math.min(Math.max(at, 0), columns.length - 1)];
      var path = all("path", svg).filter(function (one) { return cells(one).indexOf(at) >= 0; })[0];
      var name = svg.closest("tr").querySelector("th").textContent;
      var key = path && byId("key-" + kind(path).replace("f5", "f4"));
      var state = key ? all("span[lang]", key).filter(function (one) { return one.lang === language; })[0] || key : null;
      told = name + ", " + column[0] + (state ? ": " + state.textContent.trim() : "") + " (" +
        column[language === "de" ? 3 : 2] + ")";
    }
    byId("cell").textContent = told;
  }

  search.addEventListener("input", find);
  choices.forEach(function (name) {
    var select = byId("by-" + name);
    if (select) { select.addEventListener("change", find); }
  });
  all("input[name=language]").forEach(function (choice) {
    choice.addEventListener("change", function () { speak(choice.value); });
    if (choice.checked) { speak(choice.value); }
  });
  all(".heat").forEach(function (table) {
    table.addEventListener("pointermove", read);
    table.addEventListener("click", read);
  });
  byId("show-all").addEventListener("click", showAll);
  all("#show-needing").forEach(function (link) {
    link.addEventListener("click", function () {
      byId("by-state").value = "!";
      find();
    });
  });
})();
