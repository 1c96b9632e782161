/** Who is signed in, in which groups, and the ways out. A native popover: Escape and clicks outside close it. */
import type { JSX } from 'preact';
import type { Me } from '../../web/wire.ts';
import { loginPath, postJson } from '../http/client.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Icon } from '../parts/icons.tsx';
import { Notice } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { usePlace } from '../routing/history.ts';

const MENU_ID = 'user-menu';

export function UserMenu({ me }: { me: Me }): JSX.Element {
  const place = usePlace();
  const { busy, failure, run } = useAct();
  const signOut = (): Promise<boolean> =>
    run(async () => {
      await postJson('/auth/logout', {});
      // The provider may still know them: let them say who comes next.
      location.assign(loginPath('/chat', { switchUser: true }));
    });
  return (
    <div class="user">
      <button type="button" class="user-button" popovertarget={MENU_ID} aria-label={`${me.name}: account`}>
        <Avatar person={me} small />
        <span class="user-name">{me.name}</span>
        <Icon name="chevron" />
      </button>
      <div id={MENU_ID} class="user-menu" popover="auto">
        <div class="user-facts">
          <Avatar person={me} />
          <div>
            <div class="person">{me.name}</div>
            <div class="muted small">{me.email}</div>
          </div>
        </div>
        <div class="user-groups">
          <span class="muted small">Groups</span>
          {me.groups.length === 0 && <span class="small">none</span>}
          {me.groups.map((group) => (
            <span class="chip" key={group}>
              {group}
            </span>
          ))}
        </div>
        {failure && <Notice tone="bad">{failure}</Notice>}
        <a class="user-item" href={loginPath(place.path + place.search, { switchUser: true })}>
          <Icon name="users" />
          Switch user
        </a>
        <button type="button" class="user-item" disabled={busy} onClick={() => void signOut()}>
          <Icon name="signOut" />
          Sign out
        </button>
      </div>
    </div>
  );
}
