"use strict";
// Links the list of findings with the map that Folium made; all it needs is in the page.
window.addEventListener("load", () => {
  const report = JSON.parse(document.getElementById("report-content").textContent);
  const map = window[report.map];
  const layers = Object.fromEntries(
    Object.entries(report.layers).map(([name, variable]) => [name, window[variable]]));
  const words = report.words;
  const colours = { blocking: "#b3261e", warning: "#9a5b00", note: "#2f5f9e" };
  const list = document.querySelector(".findings");
  const marks = L.layerGroup().addTo(map);
  const shapes = new Map();  // key -> drawn ground
  for (const name of ["ground_before", "ground_after"]) {
    layers[name]?.eachLayer((layer) => shapes.set(layer.feature.properties.key, layer));
  }
  let shown = null;       // severity, or all
  let state = "before";   // before or after the repair

  const labels = L.layerGroup().addTo(map);
  const MOST_LABELS = 60;

  // names of the grids in view, as soon as there is room for them
  function label() {
    labels.clearLayers();
    const view = map.getBounds(), inside = [];
    for (const name of ["grids", "changed_" + state]) {
      layers[name]?.eachLayer((layer) => {
        const at = layer.getBounds().getCenter();
        if (view.contains(at)) inside.push([at, layer.feature.properties.name]);
      });
    }
    if (inside.length > MOST_LABELS || map.getZoom() < 16) return;
    for (const [at, name] of inside) {
      L.tooltip({ permanent: true, direction: "center", className: "called" })
        .setLatLng(at).setContent(Object.assign(document.createElement("span"), { textContent: name })).addTo(labels);
    }
  }

  function say(finding) {
    const box = document.createElement("div");
    const name = document.createElement("b");
    name.textContent = finding.name;
    box.append(name);
    // on a phone the sentence is in the list right below, and the map is low
    if (map.getSize().y > 420) box.append(document.createElement("br"), finding.text);
    return box;
  }

  function go(finding, button) {
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    button?.setAttribute("aria-current", "true");
    const shape = shapes.get(finding.key);
    const at = finding.at && [finding.at[1], finding.at[0]];
    if (shape) map.fitBounds(shape.getBounds().pad(0.6), { maxZoom: 22, animate: false });
    else if (at) map.setView(at, 21, { animate: false });
    if (!at) return;
    L.popup({ maxWidth: 280, autoPanPaddingTopLeft: [60, 12], autoPanPaddingBottomRight: [12, 12] })
      .setLatLng(at).setContent(say(finding)).openOn(map);
  }

  function isShown(finding) {
    const there = state === "before" ? !finding.new : finding.left;
    return there && (shown === null || finding.severity === shown);
  }

  function entry(finding) {
    const item = document.createElement("li");
    item.className = `finding ${finding.severity}`;
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = '<span class="mark"></span><b></b><span class="text"></span><small></small>';
    const [, name, text, small] = button.children;
    name.textContent = finding.name + " ";
    if (report.mended || finding.automatic) {
      const told = document.createElement("span");
      const fixed = report.mended && !finding.left;
      told.className = fixed ? "state fixed" : "state";
      told.textContent = report.mended ? (fixed ? words.fixed : words.left) : words.automatic;
      name.append("· ", told);
    }
    text.textContent = finding.text;
    small.textContent = finding.key;
    button.addEventListener("click", () => go(finding, button));
    item.append(button);
    return [item, button];
  }

  function draw() {
    list.replaceChildren();
    marks.clearLayers();
    map.closePopup();
    for (const [name, layer] of Object.entries(layers)) {
      const wanted = name.endsWith("_" + state) || !/_(before|after)$/.test(name);
      if (wanted) layer.addTo(map); else layer.remove();
    }
    for (const finding of report.findings.filter(isShown)) {
      const [item, button] = entry(finding);
      list.append(item);
      if (!finding.at) continue;
      L.circleMarker([finding.at[1], finding.at[0]], {
        radius: 7, weight: 2, color: "#fff", fillColor: colours[finding.severity], fillOpacity: 1,
      }).on("click", () => { go(finding, button); button.scrollIntoView({ block: "center" }); })
        .addTo(marks);
    }
    if (!list.children.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = words.none;
      list.append(none);
    }
    for (const button of document.querySelectorAll("[data-severity]")) {
      button.setAttribute("aria-pressed", String(button.dataset.severity === (shown ?? "all")));
      const count = report.findings.filter((one) =>
        (state === "before" ? !one.new : one.left) &&
        (button.dataset.severity === "all" || one.severity === button.dataset.severity)).length;
      button.querySelector(".count").textContent = count;
    }
    for (const button of document.querySelectorAll("[data-state]")) {
      button.setAttribute("aria-pressed", String(button.dataset.state === state));
    }
    label();
    document.body.dataset.drawn = "yes";
  }

  for (const button of document.querySelectorAll("[data-severity]")) {
    button.addEventListener("click", () => {
      shown = button.dataset.severity === "all" ? null : button.dataset.severity;
      draw();
    });
  }
  for (const button of document.querySelectorAll("[data-state]")) {
    button.addEventListener("click", () => { state = button.dataset.state; draw(); });
  }
  const legend = L.DomUtil.create("div", "legend");
  for (const [colour, word] of report.legend) {
    const line = document.createElement("i");
    line.style.borderColor = colour;
    const row = document.createElement("div");
    row.append(line, word);
    legend.append(row);
  }
  const narrow = matchMedia("(max-width: 760px)");
  const corner = document.querySelector(".leaflet-bottom.leaflet-right");
  const header = document.querySelector(".report header");
  const place = () => (narrow.matches ? header : corner).append(legend); // a phone's map is small
  narrow.addEventListener("change", place);
  place();
  map.on("moveend", label);
  map.invalidateSize();
  map.fitBounds(report.bounds, { padding: [16, 16] });
  draw();
});
