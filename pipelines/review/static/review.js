// Keys and small conveniences of ikou review. Every page also works without this file.
(function () {
  "use strict";
  document.documentElement.classList.add("script");
  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
  let current = -1;
  let prefix = "";

  function rows() { return all("[data-row]"); }

  function mark(index) {
    const list = rows();
    if (!list.length) return;
    current = Math.max(0, Math.min(list.length - 1, index));
    list.forEach((row, n) => row.classList.toggle("current", n === current));
    list[current].scrollIntoView({ block: "nearest" });
  }

  function go(selector) { const link = one(selector); if (link) link.click(); return Boolean(link); }

  function answer(number) {
    const choices = all("[data-decide] fieldset.answers input[type=radio], [data-decide] fieldset.radios input[type=radio]");
    const choice = choices[number - 1];
    if (choice) { choice.checked = true; choice.dispatchEvent(new Event("change", { bubbles: true })); }
  }

  // Fields that an answer does not need are hidden, and scopes it does not have cannot be chosen.
  function fit(form) {
    const chosen = one("input[name=kind]:checked", form);
    const wants = chosen ? chosen.dataset.value : "";
    all("[data-for]", form).forEach((label) => {
      const kinds = label.dataset.for.split(" ");
      const shown = kinds.includes("expires") ? Boolean(chosen && chosen.dataset.expires) : Boolean(wants) && kinds.includes(wants);
      label.hidden = !shown;
      const field = one("input, select", label);
      if (field) field.required = shown && (wants === "value" || kinds.includes("expires"));
    });
    const scopes = chosen ? chosen.dataset.scopes.split(" ") : ["record", "value", "pattern"];
    all("input[name=scope][type=radio]", form).forEach((radio) => {
      radio.disabled = !scopes.includes(radio.value);
      if (radio.disabled && radio.checked) { const first = one("input[name=scope][value=record]", form); if (first) first.checked = true; }
    });
    const scope = one("input[name=scope]:checked", form);
    all("[data-scope]", form).forEach((label) => { label.hidden = !scope || label.dataset.scope !== scope.value; });
  }

  function count(table) {
    const picked = all("td.pick input:checked", table).length;
    all("[data-picked]", table.form || table.closest("form")).forEach((shown) => { shown.textContent = picked ? "　" + picked + " 行を選択中" : ""; });
  }

  function prepare(root) {
    all("form[data-decide]", root).forEach((form) => { if (one("fieldset.answers", form)) fit(form); });
    // On a narrow screen what has to be answered comes first.
    if (window.matchMedia("(max-width: 1080px)").matches) all("details.fold-narrow", document).forEach((box) => { if (!box.dataset.used) box.open = false; });
    current = -1;
  }

  document.addEventListener("change", (event) => {
    const target = event.target;
    const form = target.closest("form[data-decide]");
    if (form && one("fieldset.answers", form)) {
      fit(form);
      const reach = one("#reach", form);
      if (reach && ["kind", "scope", "pattern", "value", "everywhere"].includes(target.name)) reach.textContent = "";
    }
    if (target.matches("[data-pick-all]")) all("td.pick input[type=checkbox]", target.closest("table")).forEach((box) => { box.checked = target.checked; });
    const table = target.closest("td.pick, th.pick") ? target.closest("table") : null;
    if (table) count(table);
    if (target.matches("[data-auto]")) target.form.submit();
    if (target.matches("[data-fill]")) {
      const field = one("[name=" + target.dataset.fill + "]", document);
      if (field) { field.value = target.value; field.dispatchEvent(new Event("input", { bubbles: true })); }
    }
    if (target.matches("input[name=state][value='*']") && target.checked) all("input[name=state]", target.form).forEach((box) => { if (box !== target) box.checked = false; });
    else if (target.matches("input[name=state]") && target.checked) { const every = one("input[name=state][value='*']", target.form); if (every) every.checked = false; }
  }, true);

  document.addEventListener("input", (event) => {
    all("[data-preview='" + event.target.id + "']").forEach((shown) => { shown.textContent = event.target.value; });
  });

  document.addEventListener("click", (event) => {
    const box = event.target.closest("details.fold-narrow");
    if (box) box.dataset.used = "1";
    if (event.target.closest("[data-help]")) { one("#help").showModal(); return; }
    const button = event.target.closest("button[data-native]");
    if (button) {
      // The form as a whole answers to htmx; this button leaves the page.
      event.preventDefault(); event.stopPropagation();
      const form = button.form;
      const carried = document.createElement("input");
      carried.type = "hidden"; carried.name = button.name; carried.value = button.value;
      form.appendChild(carried);
      form.action = button.getAttribute("formaction");
      HTMLFormElement.prototype.submit.call(form);
      return;
    }
    const row = event.target.closest("[data-row]");
    if (row && !event.target.closest("a, button, input, label, details, form form") && !String(window.getSelection())) window.location.href = row.dataset.row;
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      const button = one("[data-submit]");
      if (button) { event.preventDefault(); button.form.requestSubmit(button); }
      return;
    }
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key;
    if (prefix === "g") {
      prefix = "";
      const places = { d: "/", q: "/queue", a: "/approvals", h: "/decisions", x: "/glyphs" };
      if (places[key]) { event.preventDefault(); window.location.href = places[key]; }
      return;
    }
    const list = rows();
    if (key === "g") prefix = "g";
    else if (key === "j") mark(current + 1);
    else if (key === "k") mark(current - 1);
    else if (key === "Enter" && current >= 0 && list[current] && !event.target.closest("a, button")) window.location.href = list[current].dataset.row;
    else if (key === "x" && current >= 0) { const box = one("td.pick input", list[current]); if (box) { box.checked = !box.checked; count(list[current].closest("table")); } }
    else if (key === "n" || key === "p" || key === "u") go("[data-key=" + key + "]");
    else if (key === "r") { const field = one("[data-reason]"); if (field) { event.preventDefault(); field.focus(); } }
    else if (key === "/") { const field = one("[data-search]"); if (field) { event.preventDefault(); field.focus(); } }
    else if (key === "?") one("#help").showModal();
    else if (/^[1-9]$/.test(key)) answer(Number(key));
  });

  document.addEventListener("htmx:afterSwap", (event) => prepare(event.target));
  // A refusal comes with a status beyond 299 and is shown all the same.
  document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.xhr.status >= 400 && event.detail.xhr.status < 500) { event.detail.shouldSwap = true; event.detail.isError = false; } });
  prepare(document);
})();
