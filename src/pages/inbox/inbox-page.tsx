/** What is there for whoever looks: what waits for their decision, what they hold, what they asked for. */
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Card as CardOf } from '../../bot/card.ts';
import type { ChatHome } from '../../bot/web/wire.ts';
import { Card } from '../chat/card.tsx';
import { Note } from '../chat/note.tsx';
import { OpenForm } from '../chat/open-form.tsx';
import { type Acts, useActs } from '../chat/use-acts.ts';
import { useResource } from '../http/use-resource.ts';
import { WhenLoaded } from '../parts/states.tsx';
import { useMe } from '../shell/me.ts';
import { useTitle } from '../shell/use-title.ts';

/** Somebody may sit in front of a held command and wait. */
const REFRESH_MS = 5_000;

export function InboxPage(): JSX.Element {
  const me = useMe();
  const { loaded, reload } = useResource<ChatHome>('/chat/api/home', { refreshMs: REFRESH_MS });
  const acts = useActs({
    // Between this person and Sallyport: what is asked for here is nobody else's to read.
    channel: me === null ? null : `@${me.id}`,
    newestIn: () => null,
    afterAct: () => void reload(),
  });
  const waiting = loaded.state === 'ready' ? loaded.value.decisionsCount : 0;
  useTitle('For you', waiting);
  return (
    <div class="records inbox">
      <header class="records-header">
        <div class="records-title">
          <h1>For you</h1>
          <p class="muted">What waits for your decision, what you hold, and what you asked for.</p>
        </div>
        <div class="records-acts">
          <button type="button" class="button button-primary" onClick={() => acts.askForAccess(null, null)}>
            Ask for access
          </button>
        </div>
      </header>
      {acts.notes.map((note) => (
        <Note key={note.id} note={note} acts={acts} />
      ))}
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {(home) => <Home home={home} acts={acts} />}
      </WhenLoaded>
      <OpenForm acts={acts} />
    </div>
  );
}

function Home({ home, acts }: { home: ChatHome; acts: Acts }): JSX.Element {
  const { decisions, decisionsCount, grants, requests } = home;
  const more = decisionsCount - decisions.length;
  return (
    <>
      <Part title="Needs your decision" count={decisionsCount}>
        {decisionsCount === 0 && <p class="muted">Nothing waits for you.</p>}
        <Cards cards={decisions} acts={acts} />
        {more > 0 && (
          <p class="muted">
            And {more} more: <a href="/requests?show=vote">those for your vote</a>.
          </p>
        )}
      </Part>
      <Part title="Your access" count={grants.length}>
        {grants.length === 0 && <p class="muted">You hold no access now.</p>}
        <Cards cards={grants} acts={acts} />
      </Part>
      <Part title="Your requests" count={requests.length}>
        {requests.length === 0 && <p class="muted">You have asked for nothing yet.</p>}
        <Cards cards={requests} acts={acts} />
      </Part>
    </>
  );
}

function Part(props: { title: string; count: number; children: ComponentChildren }): JSX.Element {
  const id = useId();
  return (
    <section class="inbox-part" aria-labelledby={id}>
      <h2 id={id}>
        {props.title}
        {props.count > 0 && <span class="muted"> ({props.count})</span>}
      </h2>
      {props.children}
    </section>
  );
}

function Cards({ cards, acts }: { cards: readonly CardOf[]; acts: Acts }): JSX.Element {
  return (
    <>
      {cards.map((card) => (
        <Card key={keyOf(card)} card={card} anchor={null} acts={acts} />
      ))}
    </>
  );
}

/** A card says what it is about in what its buttons carry. */
function keyOf({ title, actions }: CardOf): string {
  return JSON.stringify([
    title,
    ...actions.map((action) => (action.kind === 'link' ? action.url : action.subject)),
  ]);
}
