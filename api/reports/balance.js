// Both maps show the same place: moving one moves the other.
window.addEventListener("load", () => {
  const { maps, bounds } = JSON.parse(document.getElementById("content").textContent);
  const both = maps.map((name) => window[name]);
  maps.forEach((name, at) => {
    both[at].options.zoomSnap = 0.25; // so that the city fills the map
    document.getElementById(name).classList.add(at ? "plan" : "today");
    both[at].invalidateSize({ animate: false });
  });
  const follow = (from, to) => to.setView(from.getCenter(), from.getZoom(), { animate: false });
  both[0].fitBounds(bounds, { animate: false });
  follow(both[0], both[1]);
  let following = false;
  both.forEach((map, at) => {
    map.on("move", () => {
      if (following) return;
      following = true;
      follow(map, both[1 - at]);
      following = false;
    });
  });
});
