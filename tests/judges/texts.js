// How many texts are shown, those that leave the page or their box, and names that a line breaks inside a word.
() => {
  const found = { texts: 0, cut: [], split: [] };
  const range = document.createRange();
  const page = document.documentElement.getBoundingClientRect();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines = () => [...range.getClientRects()].filter((each) => each.width && each.height);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const inside = node.parentElement;
    range.selectNodeContents(node);
    const rects = lines();
    if (!rects.length || !node.data.trim() || inside.closest(".skip, script, style")) continue;
    found.texts += 1;
    const left = Math.min(...rects.map((each) => each.left));
    const right = Math.max(...rects.map((each) => each.right));
    const wide = inside.closest(".wide");
    const scrolls = wide && wide.scrollWidth > wide.clientWidth && getComputedStyle(wide).overflowX === "auto";
    const box = inside.closest(".box")?.querySelector("rect") ?? inside.closest("td, th");
    const edges = [...(scrolls ? [] : [page]), ...(box ? [box.getBoundingClientRect()] : [])];
    if (edges.some((each) => right > each.right + 1 || left < each.left - 1)) found.cut.push(node.data);
    if (!inside.closest("td:first-child strong")) continue;
    for (const word of node.data.matchAll(/[^\s-]+/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set(lines().map((each) => Math.round(each.top))).size > 1) found.split.push(node.data);
    }
  }
  return found;
}
