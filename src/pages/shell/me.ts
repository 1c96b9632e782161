/** Who is signed in, for the pages that show it or offer acts by it. Null until the server said. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Me } from '../../web/wire.ts';

export const MeContext = createContext<Me | null>(null);

export function useMe(): Me | null {
  return useContext(MeContext);
}
