const PAINT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'opacity',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;
const SCALE = 2;
const PAD = 24;
const HEAD = 56;
const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * The chart as a PNG of twice the size, in the colours and type that it has on the page. Styles come from the page's
 * sheets, so they are written into a copy; the typeface is packed into it, since an image cannot load one.
 * Rejects when the browser cannot draw it.
 */
export async function chartPng(plot: Element, title: string, about: string): Promise<Blob> {
  const drawings = [...plot.querySelectorAll<SVGSVGElement>('svg')].filter(
    (drawing) => drawing.parentElement?.closest('svg') === null,
  );
  const box = plot.getBoundingClientRect();
  const page = getComputedStyle(document.body);
  const surface = getComputedStyle(plot).getPropertyValue('--surface');
  const root = document.createElementNS(NAMESPACE, 'svg');
  const width = box.width + 2 * PAD;
  const height = box.height + HEAD + PAD;
  root.setAttribute('width', String(width * SCALE));
  root.setAttribute('height', String(height * SCALE));
  root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  root.setAttribute('font-family', page.fontFamily);
  const style = document.createElementNS(NAMESPACE, 'style');
  style.textContent = `${await typeface()} text { font-variant-numeric: tabular-nums; }`;
  root.append(style);
  root.append(shape('rect', { width: '100%', height: '100%', fill: resolved(surface) }));
  root.append(text(title, 28, 15, 600, page.color), text(about, 46, 11, 400, page.color));
  for (const drawing of drawings) {
    const own = drawing.getBoundingClientRect();
    const copy = painted(drawing);
    copy.setAttribute('x', String(own.left - box.left + PAD));
    copy.setAttribute('y', String(own.top - box.top + HEAD));
    copy.setAttribute('overflow', 'visible');
    root.append(copy);
  }
  return rasterised(new XMLSerializer().serializeToString(root), width * SCALE, height * SCALE);
}

/** A copy that looks the same without the page's style sheets. */
function painted(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((original, index) => {
    const look = getComputedStyle(original);
    const target = copies[index];
    target?.removeAttribute('class');
    for (const property of PAINT) {
      const value = look.getPropertyValue(property);
      // A hatch is drawn by the page, outside of the copy.
      target?.setAttribute(property, value.startsWith('url(') ? 'none' : value);
    }
  });
  return copy;
}

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function text(content: string, y: number, size: number, weight: number, fill: string): SVGElement {
  const look = { x: String(PAD), y: String(y), 'font-size': String(size), 'font-weight': String(weight) };
  const element = shape('text', { ...look, fill });
  element.textContent = content;
  return element;
}

/** `light-dark(…)` and variables as the one colour that they are now. */
function resolved(colour: string): string {
  const probe = document.createElement('i');
  probe.style.color = colour;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** The page's own typeface as a rule that carries its data; empty where it cannot be read. */
async function typeface(): Promise<string> {
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSFontFaceRule)) continue;
      const range = rule.style.getPropertyValue('unicode-range');
      if (range !== '' && !/U\+0{0,4}-/i.test(range)) continue;
      const source = /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue('src'))?.[1];
      if (source === undefined) continue;
      const response = await fetch(new URL(source, sheet.href ?? location.href));
      const data = await dataUrl(await response.blob());
      const family = rule.style.getPropertyValue('font-family');
      return `@font-face { font-family: ${family}; font-weight: 100 900; src: url(${data}); }`;
    }
  }
  return '';
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error('the typeface could not be read'));
    reader.readAsDataURL(blob);
  });
}

async function rasterised(source: string, width: number, height: number): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(image, 0, 0, width, height);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('no picture came')) : resolve(blob)),
      'image/png',
    ),
  );
}
