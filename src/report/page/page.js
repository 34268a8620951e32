// Draws the report's charts. Without a script everything but the charts is there.
"use strict";
(() => {
  const { groups } = JSON.parse(document.getElementById("data").textContent);
  const section = document.getElementById("charts");
  if (!groups.some((group) => group.series.second.length > 0 || Object.keys(group.curves).length > 0)) return;
  section.hidden = false;

  const groupChoice = document.getElementById("group");
  const metricChoice = document.getElementById("metric");
  groups.forEach((group, index) => groupChoice.add(new Option(group.name, index)));

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const seconds = (ns) => {
    if (ns === 0) return "0";
    if (ns >= 1e9) return +(ns / 1e9).toPrecision(3) + " s";
    if (ns >= 1e6) return +(ns / 1e6).toPrecision(3) + " ms";
    return +(ns / 1e3).toPrecision(3) + " µs";
  };
  const bytes = (n) => (n >= 1048576 ? +(n / 1048576).toPrecision(3) + " MiB" : n >= 1024 ? +(n / 1024).toPrecision(3) + " KiB" : n + " B");
  const unit = (metric) => (metric === "payload" ? bytes : seconds);
  const line = (label, points, tone, extra = {}) => ({
    label, data: points, borderColor: colour(tone), backgroundColor: colour(tone), borderWidth: 2, pointRadius: 0,
    pointHitRadius: 8, tension: 0, spanGaps: false, ...extra,
  });

  const axes = (x, y) => {
    const grid = { color: colour("--line") };
    const ticks = { color: colour("--soft"), maxRotation: 0, autoSkipPadding: 16 };
    return {
      x: { type: "linear", grid, ...x, ticks: { ...ticks, ...x.ticks }, title: { display: true, color: colour("--soft"), text: x.text } },
      y: { beginAtZero: true, grid, ...y, ticks: { ...ticks, ...y.ticks } },
    };
  };
  const charts = {};
  const draw = (id, datasets, scales, describe) => {
    if (charts[id]) charts[id].destroy();
    charts[id] = new Chart(document.getElementById(id), {
      type: "line",
      data: { datasets },
      options: {
        animation: false, maintainAspectRatio: false, parsing: false, normalized: true,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        plugins: {
          legend: { labels: { color: colour("--ink"), boxWidth: 12, boxHeight: 2 } },
          tooltip: { callbacks: describe },
        },
        scales,
      },
    });
  };
  const over = (series, values) => series.second.map((second, i) => ({ x: second, y: values[i] }));
  const whole = { precision: 0 };

  const drawSeries = (series) => {
    const tones = { events: "--c1", requests: "--c3", reconnects: "--c4", connecting: "--c5" };
    const throughput = Object.entries(series.counters).map(([name, values]) => line(name, over(series, values), tones[name]));
    if (series.errors.some((n) => n > 0)) throughput.push(line("errors", over(series, series.errors), "--c2"));
    const time = { text: "seconds since the start", ticks: whole };
    draw("throughput", throughput, axes(time, { ticks: whole }), {});
    draw("levels", [line("users", over(series, series.users), "--c1"), line("open connections", over(series, series.open), "--c3")],
      axes(time, { ticks: whole }), {});
  };

  const drawMetric = (group, metric) => {
    const format = unit(metric);
    document.getElementById("times-caption").textContent = metric + " over time";
    document.getElementById("curve-caption").textContent = metric + " by percentile";
    const times = group.series.metrics[metric] || { p50: [], p99: [], max: [] };
    draw("times", [
      line("p50", over(group.series, times.p50), "--c3"),
      line("p99", over(group.series, times.p99), "--c1"),
      line("max", over(group.series, times.max), "--c2", { borderWidth: 1, borderDash: [4, 3] }),
    ], axes({ text: "seconds since the start", ticks: whole }, { ticks: { callback: format } }),
    { label: (item) => item.dataset.label + ": " + format(item.parsed.y) });
    const percent = (x) => +(100 - 100 / x).toFixed(Math.max(0, Math.ceil(Math.log10(x)) - 1)) + "%";
    draw("curve", [line(metric, (group.curves[metric] || []).map(([x, y]) => ({ x, y })), "--c1", { stepped: "before" })],
      axes({
        type: "logarithmic", text: "percentile", min: 1,
        afterBuildTicks: (axis) => {
          const steps = [1, 2, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7].filter((x) => x <= axis.max);
          // 0 % and 50 % stand close together: one is left out where there is little room.
          axis.ticks = steps.slice(axis.chart.width < 400 ? 1 : 0).map((value) => ({ value }));
        },
        ticks: { callback: percent },
      }, { ticks: { callback: format } }),
      { title: (items) => (items.length ? percent(items[0].parsed.x) : ""), label: (item) => format(item.parsed.y) });
  };

  const preferred = ["delivery", "latency", "first_event", "connect"];
  const show = () => {
    const group = groups[groupChoice.value];
    const names = Object.keys(group.curves);
    const before = metricChoice.value;
    metricChoice.replaceChildren(...names.map((name) => new Option(name, name)));
    metricChoice.value = names.includes(before) ? before : preferred.find((name) => names.includes(name)) || names[0] || "";
    drawSeries(group.series);
    if (metricChoice.value) drawMetric(group, metricChoice.value);
  };
  groupChoice.addEventListener("change", show);
  metricChoice.addEventListener("change", () => drawMetric(groups[groupChoice.value], metricChoice.value));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
})();
