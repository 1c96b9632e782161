/** What stands in for content: loading, nothing there yet, and failure with what to do next. */
import type { ComponentChildren, JSX } from 'preact';
import { loginPath, type RequestFailed } from '../http/client.ts';
import type { Loaded } from '../http/use-resource.ts';
import { Icon, type IconName } from './icons.tsx';

export function Skeleton({ rows = 5 }: { rows?: number }): JSX.Element {
  return (
    <div class="skeleton-rows" role="status">
      <span class="spoken">Loading…</span>
      {Array.from({ length: rows }, (_, row) => (
        <div class="skeleton-row" key={row}>
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      ))}
    </div>
  );
}

export function Empty(props: { icon: IconName; title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

const SIGN_IN_HELPS: ReadonlySet<number> = new Set([401, 403]);
const TOO_MANY_REQUESTS = 429;

interface FailedProps {
  readonly failure: RequestFailed;
  readonly retry?: () => void;
  /** There is nothing else on the page, so its heading is the page's. */
  readonly whole?: boolean;
}

export function Failed({ failure, retry, whole = false }: FailedProps): JSX.Element {
  const Heading = whole ? 'h1' : 'h2';
  return (
    <div class="empty" role="alert">
      <Icon name={failure.status === 403 ? 'lock' : 'alert'} />
      <Heading class="empty-title">{failureTitle(failure.status)}</Heading>
      <p>{failure.message}</p>
      {SIGN_IN_HELPS.has(failure.status) && (
        <a class="button" href={loginPath(location.pathname + location.search, { switchUser: true })}>
          Sign in as somebody else
        </a>
      )}
      {retry && mayPass(failure.status) && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The same question may be answered another time: the server was away, busy or broken. */
function mayPass(status: number): boolean {
  return status === 0 || status === TOO_MANY_REQUESTS || status >= 500;
}

/** Loading and failure as above; what was read is given to `children`, with a line when it is old. */
export function WhenLoaded<T>(props: {
  loaded: Loaded<T>;
  retry: () => void;
  /** The page has no heading but what is read: of a failure it is the title. */
  whole?: boolean;
  children: (value: T) => ComponentChildren;
}): JSX.Element {
  const { loaded, retry, whole = false, children } = props;
  if (loaded.state === 'loading') return <Skeleton />;
  if (loaded.state === 'failed') return <Failed failure={loaded.failure} retry={retry} whole={whole} />;
  return (
    <div aria-busy={loaded.busy}>
      {loaded.stale && <Notice tone="warning">Not up to date: {loaded.stale.message}</Notice>}
      {children(loaded.value)}
    </div>
  );
}

export function Notice(props: {
  tone: 'bad' | 'warning' | 'good' | 'neutral';
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`notice tone-${props.tone}`} role={props.tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={props.tone === 'good' ? 'check' : props.tone === 'neutral' ? 'info' : 'alert'} />
      <div>{props.children}</div>
    </div>
  );
}

/** Why there are no buttons, where somebody might look for them. */
export function Missing({ reasons }: { reasons: readonly string[] }): JSX.Element {
  return (
    <>
      {reasons.map((reason) => (
        <p key={reason} class="missing muted small">
          {reason}
        </p>
      ))}
    </>
  );
}

function failureTitle(status: number): string {
  if (status === 401) return 'You are not signed in';
  if (status === 403) return 'You may not see this';
  if (status === 400) return 'That cannot be asked like this';
  if (status === 404) return 'There is nothing here';
  if (status === 0) return 'The server does not answer';
  return 'That did not work';
}
