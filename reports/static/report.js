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
  // A chart's letters and its height on paper, beside print's smaller text.
  let paper = false;
  const COLUMN = 330;
  const tall = (layout) => (paper && layout.showlegend ? Math.min(240, layout.height) : layout.height);
  const bare = (text) => text.replace(/<[^>]*>/g, "");
  // Names of two parts take two lines where the chart is narrow.
  const narrow = (layout, width) => {
    const names = layout.yaxis?.ticktext;
    if (width > 480 || !names || Math.max(...names.map((name) => bare(name).length)) < 20) return layout;
    const ticktext = names.map((name) => name.replace(/ · (?!.* · )/, "<br>"));
    const yaxis = { ...layout.yaxis, ticktext, tickfont: { size: paper ? 7 : 10 } };
    return { ...layout, yaxis, height: layout.height + 8 * names.length };
  };
  // Plotly shows every label of a list: those that would touch are left out, evenly around the first 1.
  const thin = (node) => {
    const { tickvals, ticktext, range, type, _length: room } = node._fullLayout.xaxis;
    if (!tickvals || !ticktext) return null;
    const [low, high] = type === "log" ? range.map((end) => 10 ** end) : range;
    const seen = [...tickvals.keys()].filter((place) => tickvals[place] >= low && tickvals[place] <= high);
    const letters = Math.max(...seen.map((place) => bare(ticktext[place]).length));
    const step = Math.ceil((seen.length * (letters * 7 + 10)) / room);
    if (!(step > 1)) return null;
    const from = Math.max(seen[0], tickvals.indexOf(1));
    const kept = seen.filter((place) => (place - from) % step === 0);
    return { "xaxis.tickvals": kept.map((place) => tickvals[place]), "xaxis.ticktext": kept.map((place) => ticktext[place]) };
  };
  const themed = (layout) => {
    const line = colour("--line");
    const axis = {
      gridcolor: line, linecolor: line, zerolinecolor: colour("--faint"), zerolinewidth: 1,
      automargin: true, title: { standoff: 8 }, tickangle: 0,
    };
    return {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: paper ? 9 : 12, color: colour("--text") },
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
  // Pale bars have an edge, as the swatches in the page's legends.
  const edged = (trace) => {
    if (trace.type !== "bar") return trace;
    return { ...trace, marker: { ...trace.marker, line: { width: 0.5, color: colour("--edge") } } };
  };
  const draw = async (node) => {
    const { data, layout } = figures[node.id];
    const traces = data.map((trace) => ({ ...edged(coloured(trace)), visible: shown(trace) }));
    const fitted = narrow({ ...layout, height: tall(layout) }, paper ? COLUMN : node.clientWidth);
    node.style.height = `${fitted.height}px`;
    const size = paper ? { width: COLUMN, autosize: false } : { autosize: true };
    await Plotly.react(node, traces, { ...themed(fitted), ...size }, options);
    const fewer = thin(node);
    if (fewer) await Plotly.relayout(node, fewer);
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
  const turn = (to) => {
    paper = to;
    root.classList.toggle("light", paper);
    for (const node of charts) draw(node);
  };
  addEventListener("beforeprint", () => turn(true));
  addEventListener("afterprint", () => turn(false));
})();
