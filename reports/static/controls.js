"use strict";
// What a reader can change in the tables, with no library: what is shown, and the gas model's prices.
// The whole of it is in the address's fragment: #view:kernel=ntt&backend=cpu&case=goldilocks
const unpack = async (id) => {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};

(() => {
  const root = document.documentElement;
  root.classList.add("scripts");
  const prices = document.getElementById("prices");
  const filters = document.getElementById("filters");
  const PREFIX = "#view:";

  // The same model as reports/gas.py, whose figures stand here until a price is changed.
  const CAPACITY = 4096 * 31;
  const gasOf = (bytes, price, given) => {
    const execution = given ?? price.hash + price.word * Math.ceil(bytes / 32);
    const calldata = price.transaction + Math.max(price.byte * bytes + execution, price.floor * bytes);
    const blobs = Math.ceil(bytes / CAPACITY);
    const blobGas = blobs * price.blob;
    const blobPrice = price.blobprice ?? (price.blob ? (price.gasprice * price.reserve) / price.blob : 0);
    return {
      execution,
      calldata,
      calldataEth: (calldata * price.gasprice) / 1e9,
      blobs,
      blobGas,
      blobsEth: (price.transaction * price.gasprice + blobGas * blobPrice) / 1e9,
      fits: calldata <= price.cap,
      blobsFit: blobs <= price.blobcap,
    };
  };
  const wrapOf = (price) => {
    const bytes = 256 + 32 * price.inputs;
    const execution = price.pairing + 4 * price.pair + price.inputs * (price.mul + price.add);
    return { bytes, ...gasOf(bytes, price, execution) };
  };
  const whole = (number) => number.toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  // Three digits and no exponent, as everywhere on the page.
  const eth = (amount) => {
    if (amount === 0) return "0 ETH";
    const places = 2 - Math.floor(Math.log10(Number(amount.toPrecision(3))));
    return `${amount.toFixed(Math.min(100, Math.max(0, places)))} ETH`;
  };
  const fits = (fit) => (fit ? "" : "above the most of a transaction");
  const write = {
    bytes: whole, execution: whole, calldata: whole, calldataEth: eth, fits,
    blobs: whole, blobGas: whole, blobsEth: eth, blobsFit: fits,
  };

  const fill = () => {
    if (!prices) return;
    const price = {};
    for (const input of prices.querySelectorAll("input")) {
      const number = input.valueAsNumber;
      const good = Number.isFinite(number) && number >= 0;
      // What is no price is marked, and the one that the page came with counts.
      input.setAttribute("aria-invalid", String(!good && (input.value !== "" || input.validity.badInput)));
      // Some prices are the reader's to give.
      price[input.name] = good ? number : input.defaultValue === "" ? null : Number(input.defaultValue);
    }
    const put = (row, gas) => {
      for (const cell of row.querySelectorAll("[data-gas]")) {
        cell.textContent = write[cell.dataset.gas](gas[cell.dataset.gas]);
      }
    };
    for (const row of document.querySelectorAll("tr[data-proof]")) {
      put(row, gasOf(Number(row.dataset.proof), price, price.execution));
    }
    put(document.getElementById("wrap"), wrapOf(price));
  };

  // A field of a form is in the address where it is not as the page came.
  const fields = () => [filters, prices].flatMap((form) => (form ? [...form.elements] : []).filter((one) => one.name));
  const was = (field) => field.defaultValue ?? "";
  const fragment = () => {
    const changed = fields().filter((field) => field.value !== was(field));
    const view = new URLSearchParams(changed.map((field) => [field.name, field.value]));
    return PREFIX + view.toString();
  };
  const remember = () => {
    const link = fragment();
    document.getElementById("permalink").href = link;
    const now = link === PREFIX ? "#" : link;
    // A link to a section is left alone while nothing is filtered.
    if (link !== PREFIX || location.hash.startsWith(PREFIX)) history.replaceState(null, "", now);
  };

  let view = null;
  let shown = [];
  const number = (name) => view.columns.indexOf(name);
  const passes = () => {
    const wanted = [...filters.querySelectorAll("select")].filter((one) => one.value !== "");
    const text = filters.elements.case.value.trim().toLowerCase();
    return view.rows.map(
      (row) =>
        wanted.every((one) => row[number(one.name)] === one.value) &&
        String(row[number("case")]).toLowerCase().includes(text),
    );
  };
  // A case's name spans its rows: it moves to the first that is shown.
  const span = (body) => {
    const name = body.querySelector(':scope > tr > th[scope="rowgroup"][rowspan]');
    if (!name) return;
    const rows = [...body.rows].filter((row) => !row.hidden);
    body.hidden = rows.length === 0;
    if (rows.length === 0) return;
    if (rows[0] !== name.parentNode) rows[0].prepend(name);
    name.rowSpan = rows.length;
  };
  const narrow = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    for (const row of table.rows) {
      heads.forEach((head, index) => {
        row.cells[index].hidden = head.hidden;
      });
    }
  };
  const filter = () => {
    if (!view) return;
    shown = passes();
    for (const node of document.querySelectorAll("[data-e]")) {
      const places = node.dataset.e === "" ? [] : node.dataset.e.split(" ");
      node.hidden = places.length > 0 && !places.some((place) => shown[place]);
    }
    for (const body of document.querySelectorAll("table.results tbody")) span(body);
    for (const table of document.querySelectorAll("table.heat")) narrow(table);
    // A table of which nothing is left says nothing.
    for (const box of document.querySelectorAll(".scroll")) {
      const rows = [...box.querySelectorAll("tr[data-e]")];
      box.hidden = rows.length > 0 && rows.every((row) => row.hidden || row.parentNode.hidden);
    }
    for (const section of document.querySelectorAll("main > section")) {
      const nodes = [...section.querySelectorAll("[data-e]:not([data-e=''])")];
      section.hidden = nodes.length > 0 && nodes.every((node) => node.hidden);
    }
    const count = shown.filter(Boolean).length;
    const all = shown.length;
    document.getElementById("shown").textContent =
      count === all ? `${all} entries` : `${count} of ${all} entries; ratios and bold are those of all`;
    // Charts draw what passes.
    root.shown = count === all ? null : shown;
    dispatchEvent(new Event("filtered"));
    // Charts that were hidden learn how wide they are.
    dispatchEvent(new Event("resize"));
  };
  const cell = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const csv = () => {
    const rows = view.rows.filter((_, place) => shown[place]);
    return [view.columns, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
  };
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "zkmark.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const restore = () => {
    if (!location.hash.startsWith(PREFIX)) return;
    const wanted = new URLSearchParams(location.hash.slice(PREFIX.length));
    for (const field of fields()) {
      const value = wanted.get(field.name) ?? was(field);
      const known = field.tagName !== "SELECT" || [...field.options].some((one) => one.value === value);
      field.value = known ? value : was(field);
    }
  };
  const follow = () => {
    fill();
    filter();
    remember();
  };
  for (const form of [filters, prices]) {
    form?.addEventListener("input", follow);
    // The fields have their old values only after the event.
    form?.addEventListener("reset", () => setTimeout(follow));
    form?.addEventListener("submit", (event) => event.preventDefault());
  }
  addEventListener("hashchange", () => {
    restore();
    follow();
  });
  document.getElementById("csv").addEventListener("click", save);
  // What was too much to stand in the page as it is.
  const unfold = async () => {
    if (!document.getElementById("packed")) return;
    const parts = JSON.parse(await unpack("packed"));
    for (const node of document.querySelectorAll("[data-packed]")) {
      node.innerHTML = parts[node.dataset.packed];
    }
  };
  restore();
  fill();
  unfold().then(() => unpack("view")).then((text) => {
    view = JSON.parse(text);
    filters.hidden = false;
    follow();
    root.dataset.view = "ready";
  }).catch(() => {
    // A browser that cannot unpack shows everything.
    root.dataset.view = "failed";
  });
})();
