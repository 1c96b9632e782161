/** A platform-neutral card as a web page shows it. Its text is plain and stays plain. */
import type { JSX } from 'preact';
import type { CardAction, CardField, CardList, Card as CardOf, CardVerbatim } from '../../bot/card.ts';
import { TONE_ICON } from '../parts/badge.tsx';
import { Icon } from '../parts/icons.tsx';
import { Countdown } from '../parts/time-text.tsx';
import { EVERYTHING, type Offers, offered } from './offers.ts';
import type { Acts } from './use-acts.ts';

interface CardProps {
  readonly card: CardOf;
  /** The message it is on: answers to its buttons appear there. */
  readonly anchor: string | null;
  readonly acts: Acts;
  /** Which of its buttons are for whoever looks; null while that is not known. Left out where all of them are. */
  readonly offers?: Offers | null;
}

/** Longer values get the card's whole width. */
const NARROW_CHARACTERS_MAX = 44;

export function Card({ card, anchor, acts, offers = EVERYTHING }: CardProps): JSX.Element {
  const actions = offered(card.actions, offers ?? EVERYTHING);
  return (
    <article class={`card tone-${card.tone}`} aria-label={card.fallback}>
      <header class="card-header">
        <span class="card-icon">
          <Icon name={TONE_ICON[card.tone]} />
        </span>
        <div>
          <h3 class="card-title">{card.title}</h3>
          {card.status && <p class="card-status">{card.status}</p>}
        </div>
      </header>
      {card.verbatim?.map((part) => (
        <Verbatim key={part.label} part={part} />
      ))}
      {card.fields.length > 0 && (
        <dl class="card-fields">
          {card.fields.map((field) => (
            <Field key={field.label} field={field} />
          ))}
        </dl>
      )}
      {card.lists.map((list) => (
        <List key={list.title} list={list} />
      ))}
      {offers?.missing.map((reason) => (
        <p key={reason} class="card-missing muted small">
          {reason}
        </p>
      ))}
      {actions.length > 0 && (
        // Room is kept until it is known: buttons that come and go would be pressed by mistake.
        <div class={`card-actions ${offers === null ? 'card-actions-unknown' : ''}`}>
          {actions.map((action) => (
            <Action key={actionKey(action)} action={action} anchor={anchor} acts={acts} />
          ))}
        </div>
      )}
    </article>
  );
}

function Field({ field }: { field: CardField }): JSX.Element {
  const wide = field.value.length > NARROW_CHARACTERS_MAX || field.value.includes('\n');
  return (
    <div class={wide ? 'card-field card-field-wide' : 'card-field'}>
      <dt>{field.label}</dt>
      <dd class={field.code ? 'code' : undefined}>
        {field.value}
        {field.countdownTo && (
          <>
            {' '}
            <span class="muted">
              (<Countdown to={field.countdownTo} />)
            </span>
          </>
        )}
      </dd>
    </div>
  );
}

function Verbatim({ part }: { part: CardVerbatim }): JSX.Element {
  return (
    <figure class="card-verbatim" aria-label={part.label}>
      <h4>{part.label}</h4>
      <pre class="sql-text">
        <code>{part.text}</code>
      </pre>
      {part.omits && <p class="muted small">{part.omits}</p>}
    </figure>
  );
}

function List({ list }: { list: CardList }): JSX.Element {
  return (
    <section class="card-list">
      <h4>{list.title}</h4>
      <ul>
        {list.items.map((item, index) => (
          <li key={`${index} ${item.text}`} class={`tone-${item.tone ?? 'neutral'}`}>
            <span class="card-item-icon">
              {item.tone ? <Icon name={TONE_ICON[item.tone]} /> : <span class="card-dot" />}
            </span>
            <span class="card-item">
              <span class={item.code ? 'code' : undefined}>{item.text}</span>
              {item.detail && <span class="muted card-detail">{item.detail}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Action({
  action,
  anchor,
  acts,
}: {
  action: CardAction;
  anchor: string | null;
  acts: Acts;
}): JSX.Element | null {
  if (action.kind === 'link') return <LinkAction label={action.label} url={action.url} />;
  const busy = acts.isBusy(action.action, action.subject);
  return (
    <button
      type="button"
      class={`button ${BUTTON_CLASS[action.style]}`}
      // Not "disabled": that would take the focus away from whoever pressed it. A second press does nothing.
      aria-disabled={busy}
      aria-busy={busy}
      onClick={() => acts.press({ action: action.action, subject: action.subject, anchor })}
    >
      {busy && <span class="spinner" />}
      {action.label}
    </button>
  );
}

const BUTTON_CLASS = { primary: 'button-primary', danger: 'button-danger', plain: '' } as const;

/** Only web addresses become links; our own stay in this tab. */
function LinkAction({ label, url }: { label: string; url: string }): JSX.Element | null {
  const target = URL.parse(url, location.origin);
  if (target?.protocol !== 'https:' && target?.protocol !== 'http:') return null;
  if (target.origin === location.origin) {
    return (
      <a class="button" href={target.pathname + target.search + target.hash}>
        {label}
      </a>
    );
  }
  return (
    <a class="button" href={target.href} target="_blank" rel="noreferrer">
      {label}
      <Icon name="external" />
      <span class="spoken"> (opens in a new tab)</span>
    </a>
  );
}

function actionKey(action: CardAction): string {
  return action.kind === 'link' ? `link ${action.url}` : `${action.action} ${action.subject} ${action.label}`;
}
