// Runs in the page (contrast.ts sends it there as text), which is why it is plain JavaScript.

/** Every shown element with text of its own, and its contrast with the ground that it stands on. */
// biome-ignore lint/correctness/noUnusedVariables: called by the line that contrast.ts puts after this text
function measureContrast() {
  const readColor = createColorReader();
  const shown = [...document.querySelectorAll('main *, header *, footer *')].filter(
    (element) =>
      hasOwnText(element) &&
      element.checkVisibility() &&
      !element.closest('svg, .visually-hidden, [popover], [aria-hidden=true]'),
  );
  return shown.map((element) => {
    const a = luminance(readColor(getComputedStyle(element).color));
    const b = luminance(groundOf(element, readColor));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return {
      text: (element.textContent ?? '').trim().slice(0, 40),
      element: `${element.tagName} ${element.className}`,
      ratio: Math.round(ratio * 100) / 100,
    };
  });
}

/** Painting a colour is the one way to read every notation of it. */
function createColorReader() {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  return (color) => {
    if (!known.has(color)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
      known.set(color, [...pen.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(color);
  };
}

function luminance(rgba) {
  const [r, g, b] = rgba.slice(0, 3).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function groundOf(element, readColor) {
  for (let at = element; at !== null; at = at.parentElement) {
    const color = readColor(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return [255, 255, 255, 255];
}

function hasOwnText(element) {
  return [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
}
