// Unpacks (with controls.js, which stands before it) the charts and their library and draws them, in the page's colours, one after another.
(async () => {
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  // Figures name colours as the page's variables: "--cpu".
  const coloured = (value) => {
    if (typeof value === "string" && value.startsWith("--")) return colour(value);
    if (Array.isArray(value) || value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item)]));
  };
  // A finger scrolls the page; a mouse drags a window to zoom into.
  const touch = matchMedia("(pointer: coarse)").matches;
  const options = {
    responsive: true,
    displaylogo: false,
    displayModeBar: matchMedia("(hover: hover)").matches ? "hover" : false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d"],
    toImageButtonOptions: { format: "svg" },
  };
  const themed = (layout) => {
    const line = colour("--line");
    const axis = {
      gridcolor: line, linecolor: line, zerolinecolor: colour("--faint"), zerolinewidth: 1,
      automargin: true, title: { standoff: 8 },
    };
    return {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("--text") },
      margin: { l: 8, r: 26, t: layout.showlegend ? 26 : 8, b: 30 },
      hovermode: "closest",
      hoverlabel: { bgcolor: colour("--raised"), bordercolor: line, font: { color: colour("--text") }, align: "left" },
      legend: { orientation: "h", x: 0, y: 1, xanchor: "left", yanchor: "bottom" },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--faint"), activecolor: colour("--accent") },
      dragmode: touch ? false : "zoom",
      ...layout,
      xaxis: { ...axis, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
    };
  };

  let figures;
  try {
    figures = JSON.parse(await unpack("figures"));
    const script = document.createElement("script");
    script.textContent = await unpack("library");
    document.head.append(script);
    if (!window.Plotly) throw new Error("the charts' library did not start");
  } catch (error) {
    document.getElementById("failed").hidden = false;
    root.dataset.charts = "failed";
    return;
  }
  root.classList.add("ready");
  // Where there are charts, the tables of the same figures need not stand open.
  for (const details of document.querySelectorAll("details.same")) details.open = false;

  const chosen = () => document.querySelector('input[name="phase"]:checked')?.value ?? "total";
  const shown = (trace) => (trace.meta ? trace.meta.phase === chosen() : true);
  const draw = (node) => {
    const { data, layout } = figures[node.id];
    const traces = data.map((trace) => ({ ...coloured(trace), visible: shown(trace) }));
    return Plotly.react(node, traces, themed(layout), options);
  };
  const charts = [...document.querySelectorAll(".chart")];
  // Between two charts the page can scroll and answer.
  const drawAll = async () => {
    for (const node of charts) {
      await draw(node);
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  await drawAll();
  root.dataset.charts = String(charts.length);

  for (const input of document.querySelectorAll('input[name="phase"]')) {
    input.addEventListener("change", drawAll);
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  // Paper is light, and its columns are narrower than the window's.
  addEventListener("beforeprint", () => {
    root.classList.add("light");
    for (const node of charts) {
      draw(node);
      Plotly.relayout(node, { width: Math.min(node.clientWidth, 330), autosize: false });
    }
  });
  addEventListener("afterprint", () => {
    root.classList.remove("light");
    for (const node of charts) Plotly.relayout(node, { width: null, autosize: true });
    drawAll();
  });
})();
