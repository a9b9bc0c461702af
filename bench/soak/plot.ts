/** One line of a plot: `at` in minutes, `value` in the unit of the axis; null breaks the line. */
export interface PlotSeries {
  name: string;
  color: string;
  dashed?: boolean;
  points: { at: number; value: number | null }[];
}

const width = 860;
const height = 400;
const edge = { top: 52, right: 20, bottom: 74, left: 62 };

/** Steps of 1, 2 or 5 times a power of ten, about five of them. */
function stepFor(range: number): number {
  const raw = range / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10) * power;
}

const ticksTo = (most: number): number[] => {
  const step = stepFor(most);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
};

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A line plot as an SVG document; both axes begin at zero, so that what is flat looks flat. */
export function linePlot(input: {
  title: string;
  xLabel: string;
  yLabel: string;
  series: readonly PlotSeries[];
  /** Moments that are marked, in minutes. */
  marks: { at: number; name: string }[];
}): string {
  const { title, series, marks } = input;
  const points = series.flatMap((one) => one.points);
  const xTicks = ticksTo(Math.max(1, ...points.map(({ at }) => at)));
  const yTicks = ticksTo(Math.max(1, ...points.map(({ value }) => value ?? 0)));
  const [xMost, yMost] = [xTicks.at(-1) ?? 1, yTicks.at(-1) ?? 1];
  const x = (at: number) => edge.left + (at / xMost) * (width - edge.left - edge.right);
  const y = (value: number) =>
    height - edge.bottom - (value / yMost) * (height - edge.top - edge.bottom);
  const number = (value: number) => String(Number(value.toFixed(2)));
  const line = (from: [number, number], to: [number, number], attributes: string) =>
    `<line x1="${number(from[0])}" y1="${number(from[1])}" x2="${number(to[0])}" y2="${number(to[1])}" ${attributes}/>`;
  const text = (at: [number, number], content: string, attributes = '') =>
    `<text x="${number(at[0])}" y="${number(at[1])}" ${attributes}>${escaped(content)}</text>`;
  const [floor, ceiling] = [y(0), y(yMost)];

  const grid = [
    ...yTicks.flatMap((tick) => [
      line([x(0), y(tick)], [x(xMost), y(tick)], 'stroke="#e3e3e8"'),
      text([x(0) - 8, y(tick) + 4], String(tick), 'text-anchor="end"'),
    ]),
    ...xTicks.flatMap((tick) => [
      line([x(tick), floor], [x(tick), floor + 5], 'stroke="#7a7a85"'),
      text([x(tick), floor + 19], String(tick), 'text-anchor="middle"'),
    ]),
    line([x(0), floor], [x(xMost), floor], 'stroke="#7a7a85"'),
    text([(x(0) + x(xMost)) / 2, floor + 38], input.xLabel, 'text-anchor="middle"'),
    text([14, ceiling - 14], input.yLabel),
  ];
  const drawnMarks = marks.map(({ at }) =>
    line([x(at), floor], [x(at), ceiling], 'stroke="#c0392b" stroke-dasharray="2 4"'),
  );
  const lines = series.map(({ color, dashed, points: own }) => {
    let pen = 'M';
    const path = own.flatMap(({ at, value }) => {
      if (value === null) {
        pen = 'M';
        return [];
      }
      const step = `${pen}${number(x(at))} ${number(y(value))}`;
      pen = 'L';
      return [step];
    });
    const dash = dashed ? ' stroke-dasharray="6 4"' : '';
    return `<path d="${path.join('')}" fill="none" stroke="${color}" stroke-width="1.8"${dash}/>`;
  });
  const legendY = height - 14;
  const shown = [
    ...series.map(({ name, color, dashed }) => ({ name, color, dash: dashed ? '6 4' : '' })),
    ...[...new Set(marks.map(({ name }) => name))].map((name) => ({
      ...{ name, color: '#c0392b', dash: '2 4' },
    })),
  ];
  const legend = shown.flatMap(({ name, color, dash }, index) => {
    const left = edge.left + index * ((width - edge.left - edge.right) / shown.length);
    const stroke = `stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"`;
    return [
      line([left, legendY - 4], [left + 24, legendY - 4], stroke),
      text([left + 30, legendY], name),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#33333b" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text([14, 20], title, 'font-size="14" font-weight="600"'),
    ...grid,
    ...drawnMarks,
    ...lines,
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}
