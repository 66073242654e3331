"use strict";
(function () {
  var all = function (selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  };
  var table = document.getElementById("control-table");
  var rows = all("tbody tr", table);
  var folds = all("details.control");
  var parts = all("details.part");
  var unfolded = [];
  var fewHits = 5;
  var search = document.getElementById("search");
  var groupings = JSON.parse(document.getElementById("groupings").textContent);
  var language = document.documentElement.lang;
  var texts = null;

  all(".tools, .fold").forEach(function (part) { part.hidden = false; });

  function shown(row) {
    var box = document.getElementById("show-" + row.dataset.outcome);
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

  function has(text, words) {
    return words.every(function (word) { return text.indexOf(word) >= 0; });
  }

  function ranges(element, words) {
    var walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    var found = [];
    while (found.length < 200 && walker.nextNode()) {
      var text = walker.currentNode.data.toLowerCase();
      words.forEach(function (word) {
        for (var at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          var range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + word.length);
          found.push(range);
        }
      });
    }
    return found;
  }

  // What is inside of another fold shows only if that is open too.
  function unfold(fold) {
    if (!fold.open) {
      fold.open = true;
      unfolded.push(fold);
    }
    var around = fold.parentElement.closest("details");
    if (around) { unfold(around); }
  }

  // A few hits are unfolded and marked; folded again are those that nobody but the search opened.
  function point(words, hits) {
    unfolded.forEach(function (fold) { fold.open = false; });
    unfolded = [];
    var marked = [];
    if (words.length && hits.length <= fewHits) {
      hits.forEach(function (fold) {
        unfold(fold);
        all("details", fold).forEach(function (inner) {
          if (has(inner.textContent.toLowerCase(), words)) { unfold(inner); }
        });
        marked = marked.concat(ranges(fold, words));
      });
    }
    if (self.CSS && CSS.highlights) {
      CSS.highlights.set("hit", marked.reduce(function (mark, range) {
        return mark.add(range);
      }, new Highlight()));
    }
  }

  function find() {
    if (!texts) { read(); }
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var hits = [];
    rows.forEach(function (row, place) {
      var missed = !has(texts[place], words);
      row.classList.toggle("missed", missed);
      if (folds[place]) {
        folds[place].classList.toggle("missed", missed);
        if (!missed) { hits.push(folds[place]); }
      }
    });
    point(words, hits);
    parts.forEach(function (part) {
      part.classList.toggle("hit", words.length && has(part.textContent.toLowerCase(), words));
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
  all("[id^=show-]").forEach(function (box) { box.addEventListener("change", count); });
  all("[data-fold]").forEach(function (button) {
    button.addEventListener("click", function () {
      folds.forEach(function (fold) { fold.open = button.dataset.fold === "open"; });
    });
  });
})();
