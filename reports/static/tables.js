"use strict";
// Boxes of tables. One that fits its place needs no scrolling of its own: its head then stays below
// the window's edge, and the keyboard passes it by. A long one that does not fit, and a very long
// one, scrolls inside of its box.
const fitTables = (() => {
  const boxes = () => [...document.querySelectorAll(".scroll")].filter((box) => box.firstElementChild);
  // A page that had to be packed is too large to be laid out at once: a box waits until it is near.
  const large = Boolean(document.getElementById("packed"));
  document.documentElement.classList.toggle("large", large);
  const seen = new Set();
  const fit = () => {
    // All is read before anything is written: one layout for all tables.
    const found = (large ? [...seen] : boxes()).filter((box) => box.offsetParent).map((box) => {
      const table = box.firstElementChild;
      const fits = table.offsetWidth <= box.clientWidth + 1;
      return [box, fits, table.offsetHeight > (fits ? 5 : 1.5) * innerHeight];
    });
    for (const [box, fits, long] of found) {
      box.classList.toggle("fits", fits && !long);
      box.classList.toggle("long", long);
      if (fits && !long) box.removeAttribute("tabindex");
      else box.tabIndex = 0;
    }
  };
  // Paper does not scroll: what is wider gets smaller. Letters of print have three fifths of the
  // screen's size, and a page has room for 700 pixels.
  const PAPER = 700;
  const PRINTED = 0.61;
  const shrink = () => {
    const tables = boxes().map((box) => box.firstElementChild);
    for (const table of tables) table.style.width = "min-content";
    const widths = tables.map((table) => table.offsetWidth * PRINTED);
    tables.forEach((table, place) => {
      table.style.width = "";
      if (widths[place] > PAPER) table.style.setProperty("--shrink", (PAPER / widths[place]).toFixed(3));
      else table.style.removeProperty("--shrink");
    });
  };
  let asked = 0;
  const soon = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(fit);
  };
  const near = new IntersectionObserver((found) => {
    for (const { target, isIntersecting } of found) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      seen.add(target);
      soon();
    }
  }, { rootMargin: "100%" });
  const watch = () => {
    if (large) for (const box of boxes()) if (!seen.has(box)) near.observe(box);
    soon();
  };
  addEventListener("resize", soon);
  document.addEventListener("toggle", soon, true);
  // Nobody unfolds anything on paper. What was closed is closed again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
    shrink();
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });
  return watch;
})();
