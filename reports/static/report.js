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

  // What a filter leaves of a figure: rows of a chart that has a row an entry, else points.
  const FRAME = 46;
  const pick = (value, kept, from) =>
    Array.isArray(value) && value.length === from ? kept.map((i) => value[i]) : value;
  const places = (list, passes) => [...list.keys()].filter((i) => passes(list[i]));
  const thinned = (trace, kept, from) => {
    const found = Object.fromEntries(Object.entries(trace).map(([key, value]) => [key, pick(value, kept, from)]));
    for (const bars of ["error_x", "error_y"]) {
      if (!trace[bars]) continue;
      const { array, arrayminus } = trace[bars];
      found[bars] = { ...trace[bars], array: pick(array, kept, from), arrayminus: pick(arrayminus, kept, from) };
    }
    return found;
  };
  const passing = (figure) => {
    const passes = (place) => !root.shown || root.shown[place];
    if (!root.shown) return figure;
    if (!figure.rows) {
      const data = figure.data.map((trace) => {
        const own = trace.meta?.e;
        return own ? thinned(trace, places(own, passes), own.length) : trace;
      });
      return { ...figure, data: data.filter((trace) => trace.x.length) };
    }
    const rows = places(figure.rows, passes);
    // Within its row a mark may stand a little higher or lower.
    const data = figure.data.map((trace) => {
      const found = thinned(trace, places(trace.y, (y) => rows.includes(Math.round(y))), trace.y.length);
      return { ...found, y: found.y.map((y) => y - Math.round(y) + rows.indexOf(Math.round(y))) };
    });
    const { yaxis, height } = figure.layout;
    const layout = {
      ...figure.layout,
      height: FRAME + ((height - FRAME) * Math.max(2, rows.length)) / Math.max(2, figure.rows.length),
      yaxis: {
        ...yaxis,
        tickvals: [...rows.keys()],
        ticktext: rows.map((row) => yaxis.ticktext[row]),
        range: [rows.length - 0.45, -0.55],
      },
    };
    return { ...figure, data: data.filter((trace) => trace.y.length), layout };
  };
  // What of a figure is drawn, to know whether a filter changes it.
  const left = ({ rows, data }) => {
    const entries = rows ?? data.flatMap((trace) => trace.meta?.e ?? []);
    return entries.map((place) => (!root.shown || root.shown[place] ? 1 : 0)).join("");
  };
  const drawn = new Map();

  const chosen = () => document.querySelector('input[name="phase"]:checked')?.value ?? "total";
  const shown = (trace) => (trace.meta?.phase ? trace.meta.phase === chosen() : true);
  const draw = (node) => {
    drawn.set(node, left(figures[node.id]));
    const { data, layout } = passing(figures[node.id]);
    node.style.height = `${layout.height}px`;
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
  // A word is typed faster than charts are drawn. Those that are hidden wait until they are shown.
  let waiting = 0;
  const narrowed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const node of charts) {
        if (node.offsetParent && drawn.get(node) !== left(figures[node.id])) draw(node);
      }
    }, 120);
  };
  addEventListener("filtered", narrowed);
  narrowed();
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
