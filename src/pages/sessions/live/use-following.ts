/** Keeps the end of a growing list on screen, until somebody scrolls up; scrolling back to the end goes on. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Following {
  readonly on: boolean;
  /** What came since it was stopped. */
  readonly missed: number;
  /** What stands at the end of the list. */
  readonly end: RefObject<HTMLDivElement | null>;
  readonly toggle: () => void;
}

/** So near to the end is at the end. */
const NEAR_PIXELS = 48;
/** What moves the page so soon after a hand did was moved by it. */
const BY_HAND_MS = 1_500;
const BY_HAND = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

/** @param length of what is listed */
export function useFollowing(length: number, { initially }: { readonly initially: boolean }): Following {
  const [on, setOn] = useState(initially);
  const [stoppedAt, setStoppedAt] = useState(0);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (on && length > 0) end.current?.scrollIntoView({ block: 'end' });
  }, [length, on]);
  useScrollByHand(end, {
    onUp: () => {
      if (!on) return;
      setOn(false);
      setStoppedAt(length);
    },
    onEnd: () => setOn(true),
  });

  return {
    on,
    missed: on ? 0 : Math.max(0, length - stoppedAt),
    end,
    toggle: () => {
      setOn(!on);
      setStoppedAt(length);
    },
  };
}

function useScrollByHand(
  end: RefObject<HTMLElement | null>,
  acts: { readonly onUp: () => void; readonly onEnd: () => void },
): void {
  const current = useRef(acts);
  current.current = acts;
  useEffect(() => {
    let handAtMs = Number.NEGATIVE_INFINITY;
    let scrolledTo = 0;
    const onHand = (): void => {
      handAtMs = performance.now();
    };
    const onScroll = ({ target }: Event): void => {
      const rect = end.current?.getBoundingClientRect();
      const box = target instanceof Element ? target : document.scrollingElement;
      if (rect === undefined || box === null || !box.contains(end.current)) return;
      const up = box.scrollTop < scrolledTo;
      scrolledTo = box.scrollTop;
      if (performance.now() - handAtMs > BY_HAND_MS) return;
      if (up) current.current.onUp();
      else if (rect.bottom <= innerHeight + NEAR_PIXELS) current.current.onEnd();
    };
    for (const name of BY_HAND) addEventListener(name, onHand, { passive: true });
    addEventListener('scroll', onScroll, { passive: true, capture: true });
    return () => {
      for (const name of BY_HAND) removeEventListener(name, onHand);
      removeEventListener('scroll', onScroll, { capture: true });
    };
  }, [end]);
}
