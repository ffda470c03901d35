"use strict";
// What a reader can change in the tables, with no library: the prices of the gas model.
(() => {
  const root = document.documentElement;
  root.classList.add("scripts");
  const prices = document.getElementById("prices");
  if (!prices) return;

  // The same model as reports/gas.py, whose figures stand here until a price is changed.
  const CAPACITY = 4096 * 31;
  const gasOf = (bytes, price, given) => {
    const execution = given ?? price.hash + price.word * Math.ceil(bytes / 32);
    const calldata = price.transaction + Math.max(price.byte * bytes + execution, price.floor * bytes);
    const blobs = Math.ceil(bytes / CAPACITY);
    const blobGas = blobs * price.blob;
    return {
      execution,
      calldata,
      calldataEth: (calldata * price.gasprice) / 1e9,
      blobs,
      blobGas,
      blobsEth: (price.transaction * price.gasprice + blobGas * price.blobprice) / 1e9,
      fits: calldata <= price.cap,
    };
  };
  const whole = (number) => number.toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  // Three digits and no exponent, as everywhere on the page.
  const eth = (amount) => {
    if (amount === 0) return "0 ETH";
    const places = 2 - Math.floor(Math.log10(Number(amount.toPrecision(3))));
    return `${amount.toFixed(Math.min(100, Math.max(0, places)))} ETH`;
  };
  const write = { execution: whole, calldata: whole, calldataEth: eth, blobs: whole, blobGas: whole, blobsEth: eth };
  write.fits = (fits) => (fits ? "" : "above the most of a transaction");

  const fill = () => {
    const price = {};
    for (const input of prices.querySelectorAll("input")) {
      const number = input.valueAsNumber;
      const good = Number.isFinite(number) && number >= 0;
      // What is no price is marked, and the one that the page came with counts.
      input.setAttribute("aria-invalid", String(!good && (input.value !== "" || input.validity.badInput)));
      price[input.name] = good ? number : input.name === "execution" ? null : Number(input.defaultValue);
    }
    for (const row of document.querySelectorAll("tr[data-proof]")) {
      const gas = gasOf(Number(row.dataset.proof), price, price.execution);
      for (const cell of row.querySelectorAll("[data-gas]")) {
        cell.textContent = write[cell.dataset.gas](gas[cell.dataset.gas]);
      }
    }
  };
  prices.addEventListener("input", fill);
  // The fields have their old values only after the event.
  prices.addEventListener("reset", () => setTimeout(fill));
  prices.addEventListener("submit", (event) => event.preventDefault());
})();
