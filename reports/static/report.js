// Unpacks the charts' library and draws each chart when it comes near the window, in the page's colours.
"use strict";
(async () => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const packed = Uint8Array.from(atob(document.getElementById("library").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const themed = (layout) => {
    const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), zerolinecolor: colour("--faint") };
    return {
      ...layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("--text") },
      margin: { l: 60, r: 12, t: 28, b: 44 },
      hovermode: "closest",
      hoverlabel: { bgcolor: colour("--raised"), font: { color: colour("--text") } },
      xaxis: { ...axis, ...layout.xaxis, automargin: true },
      yaxis: { ...axis, ...layout.yaxis, automargin: true },
    };
  };
  // On a phone the names of a strip's rows would leave no room for the strip.
  const fitted = (layout, width) => {
    if (width >= 600 || !layout.yaxis.ticktext) return layout;
    const ticktext = layout.yaxis.ticktext.map((t) => (t.length > 22 ? "…" + t.slice(-21) : t));
    return { ...layout, yaxis: { ...layout.yaxis, ticktext, tickfont: { size: 9 } } };
  };
  const options = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
  const draw = (node) => {
    const { data, layout } = figures[node.id];
    return Plotly.react(node, data, themed(fitted(layout, node.clientWidth)), options);
  };

  document.documentElement.classList.add("ready");
  const charts = [...document.querySelectorAll(".chart")];
  for (const node of charts) await draw(node);
  document.documentElement.dataset.charts = String(charts.length);
  const redraw = () => charts.forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", redraw);
  addEventListener("afterprint", redraw);
})();
