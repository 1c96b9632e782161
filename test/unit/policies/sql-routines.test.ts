/** Code that a statement carries: DO blocks, functions and procedures. */
import { beforeAll, describe, expect, it } from 'vitest';
import { analyzeSql, loadSqlParser, type SqlStatement } from '../../../src/policies/analyzers/sql/analyze.ts';

beforeAll(loadSqlParser);

function only(text: string): SqlStatement {
  const { statements, parseError } = analyzeSql(text);
  expect(parseError).toBeNull();
  const [statement] = statements;
  if (statement === undefined || statements.length !== 1) throw new Error(`not one statement: ${text}`);
  return statement;
}

/** Every place of PL/pgSQL where an expression or a statement can stand, each with a call of its own. */
const EVERY_PLACE = `
  DECLARE x int := u1(); y CONSTANT int NOT NULL DEFAULT u2(); a int[]; r record; rr orders; rt orders%ROWTYPE;
    i int; c CURSOR (k int) FOR SELECT * FROM u3(); d refcursor;
  BEGIN
    x := u4(); a[u5() - 1] := u6(); a[u7():u8()] = 1; rr.id := u9(); rt.id := u10();
    IF u11() THEN PERFORM u12(); ELSIF u13() THEN PERFORM u14(); ELSE PERFORM u15(); END IF;
    CASE u16() WHEN u17(), u18() THEN PERFORM u19(); ELSE PERFORM u20(); END CASE;
    CASE WHEN u21() THEN PERFORM u22(); END CASE;
    LOOP EXIT WHEN u23(); CONTINUE WHEN u24(); END LOOP;
    WHILE u25() LOOP PERFORM u26(); END LOOP;
    FOR i IN REVERSE u27()..u28() BY u29() LOOP PERFORM u30(); END LOOP;
    FOR r IN SELECT u31() LOOP PERFORM u32(); END LOOP;
    FOR r IN EXECUTE 'SELECT u33()' USING u34(), u35() LOOP PERFORM u36(); END LOOP;
    FOR r IN c(u37()) LOOP PERFORM u38(); END LOOP;
    FOREACH x SLICE 0 IN ARRAY u39() LOOP PERFORM u40(); END LOOP;
    OPEN c(u41()); OPEN c(k := u42()); OPEN d FOR SELECT u43(); OPEN d FOR EXECUTE 'SELECT u44()' USING u45();
    FETCH RELATIVE u46() FROM c INTO r; MOVE FORWARD u47() FROM c;
    RAISE NOTICE '% %', u48(), u49(); RAISE EXCEPTION USING MESSAGE = u50(), ERRCODE = u51();
    ASSERT u52(), u53();
    EXECUTE 'SELECT u54()' INTO x USING u55();
    SELECT u56() INTO x FROM u57() WHERE u58(); INSERT INTO t VALUES (u59()) RETURNING u60() INTO x;
    CALL u61(u62());
    RETURN NEXT u63(); RETURN QUERY SELECT u64(); RETURN QUERY EXECUTE 'SELECT u65()' USING u66();
    BEGIN PERFORM u67(); EXCEPTION WHEN others THEN PERFORM u68(); END;
    DECLARE q int := u69(); BEGIN q := u70(); END;
    <<l>> BEGIN PERFORM u71(); END l;
    GET DIAGNOSTICS x = ROW_COUNT;
    COMMIT;
    EXCEPTION WHEN unique_violation OR SQLSTATE '22012' THEN PERFORM u72();
  END`;

describe('the code in a statement', () => {
  it('is found wherever PL/pgSQL lets code stand', () => {
    const found = only(`CREATE FUNCTION f() RETURNS SETOF int LANGUAGE plpgsql AS $f$${EVERY_PLACE}$f$`);
    expect(new Set(found.functions)).toEqual(
      new Set(Array.from({ length: 72 }, (_, index) => `u${index + 1}`)),
    );
    expect(found.effects).toEqual(['transaction', 'select', 'insert', 'create', 'call']);
    expect(
      only('CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN u(); END $$').functions,
    ).toEqual(['u']);
  });

  it.each([
    ["DO 'BEGIN DELETE FROM a WHERE b; END'", ['delete', 'do']],
    ['DO $$ BEGIN PERFORM 1; END $$', ['do']],
    ["DO $$ BEGIN EXECUTE E'DROP \\x54ABLE a'; END $$", ['do', 'drop']],
    ["DO $$ BEGIN EXECUTE 'DO ''BEGIN TRUNCATE a; END'''; END $$", ['do', 'truncate']],
    [
      "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM a WHERE b; TRUNCATE c'",
      ['delete', 'create', 'truncate'],
    ],
    ['CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM a WHERE b; END', ['delete', 'create']],
    ['CREATE FUNCTION f(a int DEFAULT nextval($$s$$)) RETURNS int RETURN a', ['update', 'create']],
    ['CREATE PROCEDURE p() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN END $$', ['create', 'grant']],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib', 'f'", ['create', 'server-file']],
    [
      "CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM a WHERE b; EXECUTE t; END'",
      ['delete', 'create', 'call', 'role-admin'],
    ],
    [
      "CREATE PROCEDURE p(t text) LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE t; END'",
      ['create', 'call', 'grant', 'role-admin'],
    ],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE plperl AS 'return 1'", ['create', 'call', 'role-admin']],
    [
      "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'import os'",
      ['create', 'call', 'role-admin', 'server-file', 'copy-program'],
    ],
  ])('counts as what the statement would do: %s', (text, effects) => {
    expect(only(text).effects).toEqual(effects);
  });

  it.each([
    ['that is made at run time', "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'a'; END $$"],
    ['that is made by format', "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'a'); END $$"],
    [
      'that is opened as a cursor at run time',
      'DO $$ DECLARE c refcursor; t text; BEGIN OPEN c FOR EXECUTE t; END $$',
    ],
    ['in a language that is not read', "DO LANGUAGE plpython3u 'pass'"],
    ['without a language', "CREATE FUNCTION f() RETURNS int AS 'select 1'"],
    ['that does not parse', "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELEC 1'"],
    [
      'that is nested without end',
      `DO $$ BEGIN ${'IF a THEN '.repeat(3_000)}NULL;${'END IF;'.repeat(3_000)} END $$`,
    ],
    ['that moves where a string ends', 'DO $$ BEGIN SET standard_conforming_strings = off; END $$'],
    [
      'that would be read with other strings',
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET standard_conforming_strings = off AS 'SELECT 1'",
    ],
  ])('is unknown when it is code %s', (_, text) => {
    expect(only(text).effects).toContain('unknown');
  });

  it('names relations with their access, and misses no condition', () => {
    const found = only(
      'DO $$ DECLARE n int; BEGIN SELECT id INTO n FROM public.a; UPDATE b SET c = n; END $$',
    );
    expect(found.relations).toEqual([
      { schema: 'public', name: 'a', access: 'read' },
      { schema: null, name: 'b', access: 'write' },
    ]);
    expect(found.flags).toEqual(['missing-where']);
  });
});

describe('what runs a function later', () => {
  it.each([
    'CREATE TRIGGER t AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION app.f()',
    'CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION app.f()',
    'CREATE AGGREGATE a (int) (sfunc = app.f, stype = int)',
    'CREATE OPERATOR === (leftarg = int, rightarg = int, function = app.f)',
    'CREATE CAST (int AS text) WITH FUNCTION app.f(int)',
    'CREATE OPERATOR CLASS x FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 app.f(int, int)',
    'ALTER FUNCTION app.f(int) RENAME TO g',
    'ALTER PROCEDURE app.f SET SCHEMA public',
    'CREATE CONVERSION c FOR $$UTF8$$ TO $$LATIN1$$ FROM app.f'.replaceAll('$$', "'"),
  ])('is a call of it: %s', (text) => {
    const { effects, functions } = only(text);
    expect(effects).toContain('call');
    expect(functions).toEqual(['app.f']);
  });
});
