"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  showTheme();

  // What is folded opens for a link, a match and the printer, and closes again after these two.
  const folds = [...document.querySelectorAll("details")];
  let before = null;
  const open = (some) => {
    before ??= folds.map((fold) => fold.open);
    folds.forEach((fold, index) => (fold.open = some(fold) || before[index]));
  };
  const restore = () => {
    before?.forEach((wasOpen, index) => (folds[index].open = wasOpen));
    before = null;
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("details")) {
      target.closest("details").open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();

  const rows = [...document.querySelectorAll("tbody tr, .findings > li")].map((row) => [
    row,
    row.textContent.toLowerCase(),
  ]);
  const groups = [...document.querySelectorAll(".wide:has(tbody), .findings, details, main > section")];
  const main = document.querySelector("main");
  const matches = document.getElementById("matches");
  const filter = document.getElementById("filter");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    // A list of places stands inside its finding.
    const hasMatch = (group) =>
      group.closest(".findings > li:not([hidden])") !== null ||
      group.querySelector("tbody tr:not([hidden]), .findings > li:not([hidden])") !== null;
    for (const group of groups) group.hidden = words.length > 0 && !hasMatch(group);
    main.classList.toggle("filtered", words.length > 0);
    if (words.length) open(hasMatch);
    else restore();
    matches.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  };
  filter.addEventListener("input", apply);
  addEventListener("beforeprint", () => open(() => true));
  addEventListener("afterprint", () => (filter.value ? apply() : restore()));

  // A keyboard reaches what scrolls, and skips what does not; an eye sees on which side there is more.
  const tell = (each) => {
    const rest = each.scrollWidth - each.clientWidth;
    if (rest > 0) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
    each.classList.toggle("before", each.scrollLeft > 0);
    each.classList.toggle("after", each.scrollLeft < rest - 1);
  };
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => tell(target)));
  for (const each of document.querySelectorAll(".wide")) {
    watch.observe(each);
    each.addEventListener("scroll", () => tell(each));
  }
})();
