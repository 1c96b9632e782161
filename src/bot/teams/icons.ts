/** The app's icons, drawn here: Teams wants one in colour and one in outline, as PNG (ISO/IEC 15948) of these sizes. */
import { crc32, deflateSync } from 'node:zlib';

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

const WHITE: Colour = [255, 255, 255, 255];
/** The background of our pages. */
const SLATE: Colour = [31, 42, 55, 255];
const CLEAR: Colour = [255, 255, 255, 0];

/** 192 by 192, the gate in white on the whole of the square. */
export function colourIcon(): Uint8Array {
  return iconOf({ sizePixels: 192, gate: WHITE, ground: SLATE });
}

/** 32 by 32, white on nothing. */
export function outlineIcon(): Uint8Array {
  return iconOf({ sizePixels: 32, gate: WHITE, ground: CLEAR });
}

/** Each pixel is looked at in so many places across, which smooths the edges. */
const SAMPLES = 4;

function iconOf(icon: {
  readonly sizePixels: number;
  readonly gate: Colour;
  readonly ground: Colour;
}): Uint8Array {
  const { sizePixels, gate, ground } = icon;
  const rowBytes = 1 + sizePixels * 4;
  const rows = Buffer.alloc(sizePixels * rowBytes);
  for (let y = 0; y < sizePixels; y += 1) {
    for (let x = 0; x < sizePixels; x += 1) {
      const share = shareInGate(x, y, sizePixels);
      const pixel = gate.map((value, index) =>
        Math.round(value * share + (ground[index] ?? 0) * (1 - share)),
      );
      rows.set(pixel, y * rowBytes + 1 + x * 4);
    }
  }
  return pngOf(sizePixels, rows);
}

function shareInGate(x: number, y: number, sizePixels: number): number {
  let inside = 0;
  for (let index = 0; index < SAMPLES * SAMPLES; index += 1) {
    const across = (x + ((index % SAMPLES) + 0.5) / SAMPLES) / sizePixels;
    const down = (y + (Math.floor(index / SAMPLES) + 0.5) / SAMPLES) / sizePixels;
    if (isInGate(across, down)) inside += 1;
  }
  return inside / (SAMPLES * SAMPLES);
}

/** A gate in a wall, and the bar before it. */
function isInGate(across: number, down: number): boolean {
  const isWall = isInArch(across, down, 0.28);
  const isOpening = isInArch(across, down, 0.17);
  const isBar = down > 0.55 && down < 0.64 && across > 0.16 && across < 0.84;
  return isBar || (isWall && !isOpening);
}

function isInArch(across: number, down: number, half: number): boolean {
  const isBelow = down >= 0.46 && down <= 0.82 && Math.abs(across - 0.5) <= half;
  return isBelow || (down < 0.46 && Math.hypot(across - 0.5, down - 0.46) <= half);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param rows each with the number of its filter, none, before its pixels of four bytes */
function pngOf(sizePixels: number, rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sizePixels, 0);
  header.writeUInt32BE(sizePixels, 4);
  // Eight bits a channel; red, green, blue and alpha.
  header.set([8, 6], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
