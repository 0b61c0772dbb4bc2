// One map a world, all moved by one clock: lines as wide as the flow of the week, dots that travel along them.
const SVG = "http://www.w3.org/2000/svg";
const SIZE = {width: 460, height: 330, margin: 44};
const WEEK_MS = 220;
const DOT_MS = 1600;
const MOST_DOTS = 14;

function make(parent, kind, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  parent.appendChild(element);
  return element;
}

function projection(places) {
  const xs = places.map((p) => p.x), ys = places.map((p) => p.y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const {width, height, margin} = SIZE;
  const scale = Math.min((width - 2 * margin) / (right - left), (height - 2 * margin) / (high - low));
  return (p) => ({
    x: width / 2 + (p.x - (left + right) / 2) * scale,
    y: height / 2 - (p.y - (low + high) / 2) * scale,
  });
}

function drawMap(parent, world, data) {
  const figure = document.createElement("figure");
  const caption = figure.appendChild(document.createElement("figcaption"));
  caption.textContent = world.title;
  const svg = make(figure, "svg", {viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img"});
  make(svg, "title", {}, `Map of ${world.title}: flows of the week shown`);
  const at = projection(data.places);
  const points = data.places.map(at);
  const lines = data.legs.map((leg) => {
    const [a, b] = [points[leg.from], points[leg.to]];
    return make(svg, "line", {x1: a.x, y1: a.y, x2: b.x, y2: b.y, stroke: leg.colour, "stroke-linecap": "round"});
  });
  const dots = data.legs.map((leg) =>
    Array.from({length: MOST_DOTS}, () => make(svg, "circle", {r: 3.2, fill: leg.colour, stroke: "#ffffff"})));
  const losses = data.legs.map((leg) => {
    const [a, b] = [points[leg.from], points[leg.to]];
    return make(svg, "circle", {cx: (a.x + b.x) / 2, cy: (a.y + b.y) / 2, class: "loss"});
  });
  data.places.forEach((place, n) => {
    make(svg, "circle", {cx: points[n].x, cy: points[n].y, r: 4.5, class: "place"});
    make(svg, "text", {x: points[n].x + 8, y: points[n].y - 7}, place.label);
  });
  const tally = figure.appendChild(document.createElement("p"));
  parent.appendChild(figure);
  return {world, points, lines, dots, losses, tally};
}

function showWeek(map, week, data) {
  let deaths = 0, travels = 0;
  map.world.flow[week].forEach((flow, n) => {
    map.lines[n].setAttribute("stroke-width", flow ? 1 + 7 * Math.sqrt(flow / data.widest) : 0.6);
    map.lines[n].setAttribute("opacity", flow ? 0.45 : 0.2);
    travels += flow;
  });
  map.losses.forEach((ring, n) => {
    let sum = 0;
    for (let w = 0; w <= week; w++) sum += map.world.deaths[w][n];
    ring.setAttribute("r", sum ? 3 + 11 * Math.sqrt(sum / data.mostDeaths) : 0);
    deaths += sum;
  });
  const figures = [Math.round(travels), Math.round(deaths)].map((n) => n.toLocaleString("en-GB"));
  map.tally.textContent = `${figures[0]} travels ended this week; ${figures[1]} deaths on the way so far`;
}

function moveDots(map, week, clock, data) {
  map.dots.forEach((dots, n) => {
    const flow = map.world.flow[week][n];
    const count = flow ? Math.max(1, Math.round(MOST_DOTS * Math.sqrt(flow / data.widest))) : 0;
    const [a, b] = [map.points[data.legs[n].from], map.points[data.legs[n].to]];
    dots.forEach((dot, k) => {
      dot.setAttribute("visibility", k < count ? "visible" : "hidden");
      if (k >= count) return;
      const share = (clock / DOT_MS + k / count) % 1;
      dot.setAttribute("cx", a.x + (b.x - a.x) * share);
      dot.setAttribute("cy", a.y + (b.y - a.y) * share);
    });
  });
}

export default function (component) {
  const {data, parentElement} = component;
  const root = parentElement.querySelector(".weeks");
  root.querySelector(".maps").replaceChildren();
  const maps = data.worlds.map((world) => drawMap(root.querySelector(".maps"), world, data));
  const [play, range, out] = ["button", "input", "output"].map((kind) => root.querySelector(kind));
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let running = false, began = 0, frame = 0;
  range.max = data.weeks.length - 1;

  const show = (clock) => {
    const week = Number(range.value);
    out.textContent = `Week of ${data.weeks[week]}`;
    range.setAttribute("aria-valuetext", out.textContent);
    for (const map of maps) {
      showWeek(map, week, data);
      moveDots(map, week, calm ? 0 : clock, data);
    }
  };
  const stop = () => {
    running = false;
    play.textContent = "▶ Play";
  };
  const tick = (clock) => {
    if (running) {
      const week = Math.floor((clock - began) / WEEK_MS);
      if (week >= data.weeks.length) stop();
      else range.value = week;
    }
    show(clock);
    if (running) frame = requestAnimationFrame(tick);
  };
  play.onclick = () => {
    if (running) return stop();
    if (Number(range.value) >= data.weeks.length - 1) range.value = 0;
    running = true;
    began = performance.now() - Number(range.value) * WEEK_MS;
    play.textContent = "❚❚ Pause";
    frame = requestAnimationFrame(tick);
  };
  range.oninput = () => {
    stop();
    show(0);
  };
  stop();
  show(0);
  return () => cancelAnimationFrame(frame);
}
