/** A day as it is typed, as the moment it ends where the reader is. Pure but for the reader's time zone. */

/** @throws Error that says what a day looks like */
export function untilOf(day: string): string {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day.trim()) ?? [];
  const end = new Date(Number(year), Number(month) - 1, Number(date) + 1);
  const last = new Date(Number(year), Number(month) - 1, Number(date));
  if (Number.isNaN(end.getTime()) || last.getMonth() !== Number(month) - 1) {
    throw new Error('Write the last day as 2026-12-24.');
  }
  return end.toISOString();
}
