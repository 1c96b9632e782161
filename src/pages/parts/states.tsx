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

export function Failed({ failure, retry }: { failure: RequestFailed; retry?: () => void }): JSX.Element {
  return (
    <div class="empty" role="alert">
      <Icon name={failure.status === 403 ? 'lock' : 'alert'} />
      <h2>{failureTitle(failure.status)}</h2>
      <p>{failure.message}</p>
      {SIGN_IN_HELPS.has(failure.status) && (
        <a class="button" href={loginPath(location.pathname + location.search, { switchUser: true })}>
          Sign in as somebody else
        </a>
      )}
      {retry && !SIGN_IN_HELPS.has(failure.status) && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Loading and failure as above; what was read is given to `children`, with a line when it is old. */
export function WhenLoaded<T>(props: {
  loaded: Loaded<T>;
  retry: () => void;
  children: (value: T) => ComponentChildren;
}): JSX.Element {
  const { loaded, retry, children } = props;
  if (loaded.state === 'loading') return <Skeleton />;
  if (loaded.state === 'failed') return <Failed failure={loaded.failure} retry={retry} />;
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
  if (status === 404) return 'There is nothing here';
  if (status === 0) return 'The server does not answer';
  return 'That did not work';
}
