/** Parts of plots as SVG text. All plots of a report share one width and one time axis, so that they can be read one below the other. */
export const PLOT_WIDTH = 960;
const LEFT = 64;
const RIGHT = 22;
const TOP = 10;
const BOTTOM = 26;

export interface Frame {
  readonly height: number;
  readonly fromSecond: number;
  readonly untilSecond: number;
  readonly valueMax: number;
  /** Logarithmic from here; undefined is linear from 0. */
  readonly logFrom?: number;
}

export interface PlotMark {
  readonly atSecond: number;
  readonly className: string;
  readonly title: string;
}

export function x(frame: Frame, second: number): number {
  return LEFT + ((second - frame.fromSecond) / Math.max(1e-9, frame.untilSecond - frame.fromSecond)) * (PLOT_WIDTH - LEFT - RIGHT);
}
export function y(frame: Frame, value: number): number {
  const bottom = frame.height - BOTTOM;
  const part = frame.logFrom === undefined
    ? value / frame.valueMax
    : Math.log(Math.max(value, frame.logFrom) / frame.logFrom) / Math.log(frame.valueMax / frame.logFrom);
  return bottom - Math.min(1, Math.max(0, part)) * (bottom - TOP);
}
export function bottomOf(frame: Frame): number {
  return frame.height - BOTTOM;
}
export const PLOT_TOP = TOP;
export const PLOT_LEFT = LEFT;

/** One plot with its axes. @param inside SVG between the grid and the marks */
export function plot(frame: Frame, label: string, inside: string, marks: readonly PlotMark[], formatValue: (value: number) => string): string {
  const grid = (frame.logFrom === undefined ? linearTicks(frame.valueMax) : logTicks(frame.logFrom, frame.valueMax)).map((value) => {
    const at = fixed(y(frame, value));
    return `<line class="grid" x1="${LEFT}" x2="${PLOT_WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="tick" x="${LEFT - 8}" y="${fixed(Number(at) + 3.5)}" text-anchor="end">${escapeText(formatValue(value))}</text>`;
  });
  return `<svg viewBox="0 0 ${PLOT_WIDTH} ${frame.height}" role="img" aria-label="${escapeText(label)}">${grid.join('')}${inside}${timeAxis(frame)}${markLines(frame, marks)}</svg>`;
}

export function timeAxis(frame: Frame): string {
  const bottom = frame.height - BOTTOM;
  const ticks = timeTicks(frame.fromSecond, frame.untilSecond).map((second) => `<text class="tick" x="${fixed(x(frame, second))}" y="${bottom + 16}" text-anchor="middle">${timeText(second)}</text>`);
  return `<line class="axis" x1="${LEFT}" x2="${PLOT_WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>${ticks.join('')}`;
}
function markLines(frame: Frame, marks: readonly PlotMark[]): string {
  return marks.map(({atSecond, className, title}) => {
    const at = fixed(x(frame, atSecond));
    return `<g class="mark ${className}"><title>${escapeText(title)}</title><line x1="${at}" x2="${at}" y1="${TOP}" y2="${frame.height - BOTTOM}"/></g>`;
  }).join('');
}

/** A line through points; a hole (null) breaks it. */
export function linePath(frame: Frame, points: readonly (readonly [number, number | null])[], className: string): string {
  let path = '';
  let isDrawing = false;
  for (const [second, value] of points) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    path += `${isDrawing ? 'L' : 'M'}${fixed(x(frame, second))} ${fixed(y(frame, value))}`;
    isDrawing = true;
  }
  return path === '' ? '' : `<path class="line ${className}" d="${path}"/>`;
}

/** The area between two lines over the same seconds. */
export function areaPath(frame: Frame, seconds: readonly number[], lower: readonly number[], upper: readonly number[], className: string): string {
  if (seconds.length === 0 || upper.every((value, i) => value === lower[i])) return '';
  const up = seconds.map((second, i) => `${fixed(x(frame, second))} ${fixed(y(frame, upper[i] ?? 0))}`);
  const down = seconds.map((second, i) => `${fixed(x(frame, second))} ${fixed(y(frame, lower[i] ?? 0))}`).reverse();
  return `<path class="area ${className}" d="M${[...up, ...down].join('L')}Z"/>`;
}

/** Three to six round values up to the largest. */
export function linearTicks(max: number): readonly number[] {
  const raw = max / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999) ?? raw;
  const ticks: number[] = [];
  for (let value = 0; value <= max * 1.0001; value += step) ticks.push(Math.round(value * 1e6) / 1e6);
  return ticks;
}
function logTicks(from: number, max: number): readonly number[] {
  const ticks: number[] = [];
  // With few decades there is room for what lies between.
  const factors = max / from <= 101 ? [1, 2, 5] : [1];
  for (let power = 10 ** Math.ceil(Math.log10(from) - 1e-9); power <= max * 1.0001; power *= 10) {
    for (const factor of factors) if (power * factor <= max * 1.0001) ticks.push(power * factor);
  }
  return ticks;
}
function timeTicks(from: number, until: number): readonly number[] {
  const raw = (until - from) / 10;
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800].find((candidate) => candidate >= raw) ?? 86_400;
  const ticks: number[] = [];
  for (let second = Math.ceil(from / step) * step; second <= until; second += step) ticks.push(second);
  return ticks;
}
/** 75 is 1:15. */
export function timeText(second: number): string {
  const whole = Math.floor(second);
  const two = (value: number): string => String(value).padStart(2, '0');
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}` : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}
/** A round number a little above. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * 1.02) ?? 12) * power;
}
export function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
