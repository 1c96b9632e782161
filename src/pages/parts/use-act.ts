/** One act at a time: whether it is under way, and how the last one failed. */
import { useState } from 'preact/hooks';
import { failureOf } from '../http/client.ts';

export interface ActState {
  readonly busy: boolean;
  readonly failure: string | null;
  /** Runs `act`; resolves true when it worked. A second call while one runs does nothing. */
  run(act: () => Promise<void>): Promise<boolean>;
  reset(): void;
}

export function useAct(): ActState {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const run = async (act: () => Promise<void>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setFailure(null);
    try {
      await act();
      return true;
    } catch (error) {
      setFailure(failureOf(error).message);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, run, reset: () => setFailure(null) };
}
