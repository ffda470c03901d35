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
    if (!width || width > 480 || !names || Math.max(...names.map((name) => bare(name).length)) < 20) return layout;
    const ticktext = names.map((name) => name.replace(/ · (?!.* · )/, "<br>"));
    const yaxis = { ...layout.yaxis, ticktext, tickfont: { size: paper ? 7 : 10 } };
    return { ...layout, yaxis, height: layout.height + 8 * names.length };
  };
  // Plotly shows every label of a list: those that would touch are left out, evenly around the first 1.
  const thin = (node) => {
    const { tickvals, ticktext, range, type, _length: room } = node._fullLayout.xaxis;
    if (!tickvals || !ticktext || room < 50) return null;
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
    await unfolded;
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
  // As reports/quantities.py writes figures: three digits, in the unit that suits.
  const UNITS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
  const unit = (seconds) => UNITS.find(([scale]) => seconds >= scale * 0.9995) ?? UNITS.at(-1);
  const digits = (value) => {
    const places = 2 - Math.floor(Math.log10(Number(value.toExponential(2))));
    return value > 0 ? value.toFixed(Math.max(0, places)) : "0";
  };
  const power = (size) => (Number.isInteger(Math.log2(size)) ? `2<sup>${Math.log2(size)}</sup>` : size);
  const told = (trace) => {
    if (!trace.meta?.times) return trace;
    const { array, arrayminus } = trace.error_y ?? {};
    const text = trace.y.map((time, place) => {
      const [scale, name] = unit(time);
      const at = `${power(trace.x[place])}: ${digits(time / scale)} ${name}`;
      if (!array) return at;
      if (array[place] === null) return `${at}<br>no interval`;
      const [low, high] = [time - arrayminus[place], time + array[place]];
      const [wide, its] = unit(high);
      return `${at}<br>95 %: ${digits(low / wide)}–${digits(high / wide)} ${its}`;
    });
    return { ...trace, text };
  };
  // Pale bars have an edge, as the swatches in the page's legends.
  const edged = (trace) => {
    if (trace.type !== "bar") return trace;
    return { ...trace, marker: { ...trace.marker, line: { width: 0.5, color: colour("--edge") } } };
  };
  const NAMES = 16;
  const draw = async (node) => {
    drawn.set(node, left(figures[node.id]));
    const { data, layout } = passing(figures[node.id]);
    const traces = data.map((trace) => ({ ...told(edged(coloured(trace))), visible: shown(trace) }));
    // A legend of more names would leave the curves no room.
    const showlegend = layout.showlegend && traces.filter((trace) => trace.visible).length <= NAMES;
    const fitted = narrow({ ...layout, showlegend, height: tall(layout) }, paper ? COLUMN : node.clientWidth);
    node.style.height = `${fitted.height}px`;
    const size = paper ? { width: COLUMN, autosize: false } : { autosize: true };
    await Plotly.react(node, traces, { ...themed(fitted), ...size }, options);
    const fewer = thin(node);
    if (fewer) await Plotly.relayout(node, fewer);
  };
  const charts = [...document.querySelectorAll(".chart")];
  // Between two charts the page can scroll and answer.
  const drawEach = async (nodes) => {
    for (const node of nodes) {
      await draw(node);
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  const redraw = () => drawEach(charts.filter((node) => drawn.has(node)));
  // Few curves are drawn at once. Many take their time: each chart waits until it is nearly in sight.
  const AT_ONCE = 600;
  const curves = charts.reduce((sum, node) => sum + figures[node.id].data.length, 0);
  if (curves <= AT_ONCE) {
    await drawEach(charts);
  } else {
    const near = new IntersectionObserver((seen) => {
      const nodes = seen.filter((one) => one.isIntersecting).map((one) => one.target);
      for (const node of nodes) near.unobserve(node);
      drawEach(nodes.filter((node) => !drawn.has(node)));
    }, { rootMargin: "400px" });
    for (const node of charts) near.observe(node);
  }
  root.dataset.charts = String(charts.length);

  for (const input of document.querySelectorAll('input[name="phase"]')) {
    input.addEventListener("change", redraw);
  }
  // A word is typed faster than charts are drawn. Those that are hidden wait until they are shown.
  let waiting = 0;
  const narrowed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const node of charts) {
        if (node.offsetParent && drawn.has(node) && drawn.get(node) !== left(figures[node.id])) draw(node);
      }
    }, 120);
  };
  addEventListener("filtered", narrowed);
  narrowed();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // Paper is light, and its columns are narrower than the window's.
  const turn = (to) => {
    paper = to;
    root.classList.toggle("light", paper);
    for (const node of charts) draw(node);
  };
  addEventListener("beforeprint", () => turn(true));
  addEventListener("afterprint", () => turn(false));
})();
