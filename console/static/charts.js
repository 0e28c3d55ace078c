// Draws the tables of a page as charts. A table is the only source: the two cannot tell different numbers.

const style = getComputedStyle(document.documentElement);
const colours = ["--chart-1", "--chart-2"].map((name) => style.getPropertyValue(name).trim());
const ink = style.getPropertyValue("--ink").trim(), line = style.getPropertyValue("--line").trim();
const font = { color: ink, fontSize: 13, fontFamily: getComputedStyle(document.body).fontFamily };
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const BAR = 30; // pixels of one row of bars

/** The names of the columns, and for each row its name, numbers and links. */
function read(table) {
  const [, ...names] = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((row) => {
    const [name, ...cells] = row.cells;
    const counts = cells.map((cell) => cell.querySelector("[data-count]"));
    return {
      name: name.textContent.trim(),
      numbers: counts.map((count) => Number(count.dataset.count)),
      links: counts.map((count) => count.href ?? ""),
    };
  });
  return { names, rows };
}

const numbers = (data, column) => data.rows.map((row) => row.numbers[column]);
const shared = { animation: !still, textStyle: font };
// A short remark behind a name stands below it.
const broken = (name) => name.replace("（", "\n（");
const axis = { axisLabel: font, axisTick: { show: false }, axisLine: { lineStyle: { color: line } } };
const scale = { type: "value", minInterval: 1, axisLabel: font, splitLine: { lineStyle: { color: line } } };
// Stripes beside the colour, so that the second series is known without it.
const striped = { symbol: "rect", color: "rgba(255,255,255,.55)", dashArrayX: [1, 0], dashArrayY: [3, 5], rotation: -Math.PI / 4 };

/** One bar a row; the second column is a part of the first and lies over it. */
function bars(data) {
  const told = ({ dataIndex }) => {
    const [all, part] = data.rows[dataIndex].numbers;
    return part ? `${all}，${data.names[1]} ${part}` : `${all}`;
  };
  const series = data.names.map((name, column) => ({
    name, type: "bar", data: numbers(data, column), barWidth: "62%", barGap: "-100%", z: column + 2,
    itemStyle: { color: colours[column], decal: column ? striped : null },
    label: { show: column === 0, position: "right", formatter: told, ...font },
  }));
  return {
    ...shared, series,
    grid: { left: 4, right: data.names.length > 1 ? 120 : 40, top: 4, bottom: 4, outerBoundsMode: "same" },
    xAxis: { ...scale, axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { ...axis, type: "category", inverse: true, data: data.rows.map((row) => row.name) },
  };
}

/** The numbers of a line, each written on the side where the other line is not. */
const apart = (data, column) => data.rows.map(({ numbers: all }) => ({
  value: all[column],
  // A nought would stand on the names of the weeks; the line on the axis says it.
  label: { show: all[column] > 0, position: all[column] > all[1 - column] || (all[0] === all[1] && !column) ? "top" : "bottom" },
}));

function lines(data) {
  const series = data.names.map((name, column) => ({
    name, type: "line", data: apart(data, column), symbol: column ? "triangle" : "circle", symbolSize: 9,
    itemStyle: { color: colours[column] },
    lineStyle: { color: colours[column], width: 2.5, type: column ? "dashed" : "solid" },
    label: { show: true, ...font, color: colours[column] },
  }));
  return {
    ...shared, series,
    grid: { left: 8, right: 24, top: 24, bottom: 4, outerBoundsMode: "same" },
    xAxis: { ...axis, type: "category", data: data.rows.map((row) => broken(row.name)), axisLabel: { ...font, interval: 0, hideOverlap: true } },
    yAxis: scale,
  };
}

function legend(data, kind) {
  const list = document.createElement("ul");
  list.className = `legend ${kind}`;
  list.setAttribute("aria-hidden", "true");
  data.names.forEach((name, column) => {
    const entry = document.createElement("li"), mark = document.createElement("span");
    entry.className = column ? "second" : "";
    mark.className = "mark";
    entry.append(mark, name);
    list.append(entry);
  });
  return list;
}

const KINDS = { bars, lines };

function draw(section) {
  const table = section.querySelector("table"), details = section.querySelector("details");
  if (!table) return;
  const data = read(table), kind = section.dataset.chart, place = document.createElement("div");
  place.className = "chart";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${table.caption.textContent}，图。同样的数字在“看表格”里。`);
  if (kind === "bars") place.style.height = `${data.rows.length * BAR + 8}px`;
  details.before(...(data.names.length > 1 ? [legend(data, kind)] : []), place);
  details.open = false;
  const chart = echarts.init(place);
  chart.setOption(KINDS[kind](data));
  chart.on("click", ({ dataIndex, seriesIndex }) => {
    const link = data.rows[dataIndex].links[seriesIndex];
    if (link) location.assign(link);
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}

document.querySelectorAll("[data-chart]").forEach(draw);

// On paper nobody can press: what is folded up is printed as well, and folded up again.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  opened.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
document.querySelector("[data-print]")?.addEventListener("click", () => print());
