/** What belongs to requests, side by side: the requests, the reviews of emergencies, who decides for whom. */
import type { JSX } from 'preact';

const TABS = [
  { href: '/requests', label: 'Requests' },
  { href: '/reviews', label: 'Reviews' },
  { href: '/delegations', label: 'Delegations' },
] as const;

export function RequestsTabs({ current }: { current: (typeof TABS)[number]['href'] }): JSX.Element {
  return (
    <nav class="tabs" aria-label="Requests and what belongs to them">
      {TABS.map(({ href, label }) => (
        <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
