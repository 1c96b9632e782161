/** What surrounds every page: the bar with the sections, who is signed in, and the page's place. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Me } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { BrandMark } from '../parts/icons.tsx';
import type { Route } from '../routing/routes.ts';
import { FreezeBanner } from './freeze-banner.tsx';
import { MeContext } from './me.ts';
import { UserMenu } from './user-menu.tsx';

type Section = 'chat' | 'inbox' | 'requests' | 'sessions' | 'incidents' | 'policy';

const SECTIONS: readonly { readonly section: Section; readonly label: string }[] = [
  { section: 'chat', label: 'Chat' },
  { section: 'inbox', label: 'For you' },
  { section: 'requests', label: 'Requests' },
  { section: 'sessions', label: 'Sessions' },
  { section: 'incidents', label: 'Incidents' },
  { section: 'policy', label: 'Policy' },
];

const SECTION_OF: Readonly<Record<Route['page'], Section | null>> = {
  home: 'chat',
  chat: 'chat',
  inbox: 'inbox',
  requests: 'requests',
  request: 'requests',
  hold: 'requests',
  reviews: 'requests',
  review: 'requests',
  delegations: 'requests',
  policy: 'policy',
  'policy-change': 'policy',
  sessions: 'sessions',
  session: 'sessions',
  incidents: 'incidents',
  incident: 'incidents',
  unknown: null,
};

export function Shell({ route, children }: { route: Route; children: ComponentChildren }): JSX.Element {
  const { loaded } = useResource<Me>('/api/v1/me');
  const me = loaded.state === 'ready' ? loaded.value : null;
  const main = useFocusOnPageChange(route.page);
  const section = SECTION_OF[route.page];
  useSectionInSight(section);
  return (
    <MeContext.Provider value={me}>
      <div class={`shell shell-${section ?? 'page'}`}>
        <header class="bar">
          <a class="skip" href="#main">
            Skip to the page
          </a>
          <a class="brand" href="/chat" aria-label="Sallyport, to the chat">
            <span class="brand-mark">
              <BrandMark />
            </span>
            <span class="brand-name">Sallyport</span>
          </a>
          <nav class="sections" aria-label="Sections">
            {SECTIONS.map((each) => (
              <a
                key={each.section}
                href={`/${each.section}`}
                aria-current={each.section === section ? 'page' : undefined}
              >
                {each.label}
              </a>
            ))}
          </nav>
          {me && <UserMenu me={me} />}
        </header>
        <FreezeBanner />
        <main id="main" class="page" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
    </MeContext.Provider>
  );
}

/** On a narrow screen there are more sections than fit. */
function useSectionInSight(section: Section | null): void {
  useEffect(() => {
    const current = document.querySelector('.sections [aria-current="page"]');
    current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [section]);
}

/** After a move to another page the keyboard and the screen reader start at its beginning. */
function useFocusOnPageChange(page: Route['page']): { current: HTMLElement | null } {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    main.current?.focus({ preventScroll: true });
    main.current?.scrollTo(0, 0);
  }, [page]);
  return main;
}
