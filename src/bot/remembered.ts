import type { Clock } from '../core/clock.ts';

const KEPT_MAX = 10_000;

/**
 * What was answered is believed for a while. One question at a time for each name; what failed is asked again.
 * @param name what the answer depends on and nothing else
 */
export function rememberedFor<Q, T>(
  durationMs: number,
  options: {
    readonly clock: Clock;
    readonly name: (question: Q) => string;
    readonly ask: (question: Q) => Promise<T>;
  },
): (question: Q) => Promise<T> {
  const known = new Map<string, { readonly answer: Promise<T>; readonly askedAtMs: number }>();
  return (question) => {
    const name = options.name(question);
    const nowMs = options.clock.now().getTime();
    const kept = known.get(name);
    // By either side: a clock that was set back must not make an answer last.
    if (kept !== undefined && Math.abs(nowMs - kept.askedAtMs) < durationMs) return kept.answer;
    if (known.size >= KEPT_MAX) known.clear();
    const answer = options.ask(question);
    known.set(name, { answer, askedAtMs: nowMs });
    answer.catch(() => {
      if (known.get(name)?.answer === answer) known.delete(name);
    });
    return answer;
  };
}
