/** Runs the steps in order and reports each as soon as it is over. A failed step does not end the tour. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, messageOf } from '../../core/errors.ts';
import { Notebook } from './notebook.ts';
import type { Step, Tour } from './step.ts';
import { STEPS } from './steps/all.ts';

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The tour promises to be over within 3 minutes; starting and stopping take the rest of them. */
const TOUR_LASTS_MS = 120_000;
const STEP_LASTS_MS = 45_000;

/** @returns true when every step held */
export async function runTour(
  of: Omit<Tour, 'notebook'>,
  report: (line: StepReport) => void,
): Promise<boolean> {
  const tour: Tour = { ...of, notebook: new Notebook() };
  const startedAt = performance.now();
  let allHeld = true;
  for (const step of STEPS) {
    const leftMs = TOUR_LASTS_MS - (performance.now() - startedAt);
    const line = await runStep(step, tour, Math.min(STEP_LASTS_MS, leftMs));
    allHeld &&= line.ok;
    report(line);
  }
  await tour.notebook.find('sqlSession')?.close();
  return allHeld;
}

async function runStep(step: Step, tour: Tour, lastsMs: number): Promise<StepReport> {
  const timer = new AbortController();
  const timeout = sleep(Math.max(0, lastsMs), null, { signal: timer.signal }).then(() => {
    throw new AppError('unavailable', 'It took too long.');
  });
  timeout.catch(() => undefined);
  try {
    const detail = await Promise.race([step.run(tour), timeout]);
    return { step: step.name, ok: true, detail: onOneLine(detail) };
  } catch (error) {
    return { step: step.name, ok: false, detail: onOneLine(messageOf(error)) };
  } finally {
    timer.abort();
  }
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
