/** Prints what a long run measured, on one line: `NAME: figure=value …`. */
export function printFigures(name: string, figures: Readonly<Record<string, number | string>>): void {
  const listed = Object.entries(figures).map(([figure, value]) => `${figure}=${value}`);
  process.stdout.write(`${name}: ${listed.join(' ')}\n`);
}
