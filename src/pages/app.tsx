/** Chooses the page for the address, inside the shell. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ChatPage } from './chat/chat-page.tsx';
import { DelegationsPage } from './delegations/delegations-page.tsx';
import { HoldPage } from './holds/hold-page.tsx';
import { RequestFailed } from './http/client.ts';
import { InboxPage } from './inbox/inbox-page.tsx';
import { IncidentPage } from './incidents/incident-page.tsx';
import { IncidentsPage } from './incidents/incidents-page.tsx';
import { Failed } from './parts/states.tsx';
import { PolicyChangePage } from './policy/policy-change-page.tsx';
import { PolicyPage } from './policy/policy-page.tsx';
import { RequestPage } from './requests/request-page.tsx';
import { RequestsPage } from './requests/requests-page.tsx';
import { ReviewPage } from './reviews/review-page.tsx';
import { ReviewsPage } from './reviews/reviews-page.tsx';
import { followLinksInPlace, navigate, usePlace } from './routing/history.ts';
import { parseRoute, type Route } from './routing/routes.ts';
import { SessionPage } from './sessions/session-page.tsx';
import { SessionsPage } from './sessions/sessions-page.tsx';
import { Shell } from './shell/shell.tsx';

export function App(): JSX.Element {
  const place = usePlace();
  const route = parseRoute(place.path);
  useEffect(followLinksInPlace, []);
  return (
    <Shell route={route}>
      <Page route={route} />
    </Shell>
  );
}

function Page({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case 'home':
      return <Home />;
    case 'chat':
      return <ChatPage channel={route.channel} />;
    case 'inbox':
      return <InboxPage />;
    case 'requests':
      return <RequestsPage />;
    case 'request':
      return <RequestPage key={route.id} id={route.id} />;
    case 'hold':
      return <HoldPage key={route.id} id={route.id} />;
    case 'reviews':
      return <ReviewsPage />;
    case 'review':
      return <ReviewPage key={route.id} id={route.id} />;
    case 'delegations':
      return <DelegationsPage />;
    case 'policy':
      return <PolicyPage />;
    case 'policy-change':
      return <PolicyChangePage key={route.id} id={route.id} />;
    case 'sessions':
      return <SessionsPage />;
    case 'session':
      return <SessionPage key={route.id} id={route.id} />;
    case 'incidents':
      return <IncidentsPage />;
    case 'incident':
      return <IncidentPage key={route.name} name={route.name} />;
    case 'unknown':
      return <Failed failure={UNKNOWN_PAGE} whole />;
  }
}

const UNKNOWN_PAGE = new RequestFailed({
  status: 404,
  code: 'not_found',
  message: 'This address is not one of Sallyport’s pages. Use the links above to get back.',
});

function Home(): null {
  useEffect(() => navigate('/chat', { replace: true }), []);
  return null;
}
