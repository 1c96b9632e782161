/** Line icons on a 16-unit grid. They decorate: the words beside them carry the meaning. */
import type { JSX } from 'preact';

const PATHS = {
  alert: 'M8 2.2 14.5 13.5H1.5zM8 6.5v3M8 11.5v.1',
  back: 'M10 3 5 8l5 5',
  check: 'M3 8.5 6.5 12 13 4.5',
  chevron: 'M4 6l4 4 4-4',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2.2 1.3',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2',
  cross: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6 6l4 4M10 6l-4 4',
  down: 'M8 3v9M4 8.5 8 12.5l4-4',
  download: 'M8 2.5v7M5 7l3 3 3-3M3 13.5h10',
  external: 'M6.5 3.5h-3v9h9v-3M9 3h4v4M13 3 7.5 8.5',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  flame:
    'M8 1.8c.5 2.2 4 3.7 4 7.4a4 4 0 0 1-8 0c0-1.5.7-2.5 1.5-3.2.2 1 .6 1.5 1.2 1.8C6.7 5.5 7 3.5 8 1.8z',
  hash: 'M6.2 2.5 5 13.5M11 2.5 9.8 13.5M3 6h10.5M2.5 10H13',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.3V11M8 5v.1',
  lock: 'M4 7h8v6.5H4zM5.7 7V5a2.3 2.3 0 0 1 4.6 0v2',
  reply: 'M3 2.5v5a3 3 0 0 0 3 3h7M10 7.5l3 3-3 3',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4 13.5 13.5',
  send: 'M2.5 8 13.5 3l-3 10.5-2.7-4.3zM7.8 9.2 13.5 3',
  shield: 'M8 1.8 13 3.5v4c0 3.2-2 5.5-5 6.7-3-1.2-5-3.5-5-6.7v-4z',
  signOut: 'M6.5 2.5h-3v11h3M10 5l3 3-3 3M13 8H6.5',
  terminal: 'M2 3h12v10H2zM4.5 6.5 6.5 8l-2 1.5M8 10h3',
  users:
    'M6 3a2.3 2.3 0 1 0 0 4.6A2.3 2.3 0 0 0 6 3zM1.5 13c.3-2.5 2-4 4.5-4s4.2 1.5 4.5 4M10.5 3.3a2.2 2.2 0 0 1 0 4M12 9.3c1.5.5 2.3 1.8 2.5 3.7',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The gate: Sallyport's mark. */
export function BrandMark(): JSX.Element {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      aria-hidden="true"
    >
      <path d="M2.5 14V7.5a5.5 5.5 0 0 1 11 0V14" stroke-linecap="round" />
      <path d="M6 14V8a2 2 0 0 1 4 0v6z" fill="currentColor" stroke="none" />
    </svg>
  );
}
