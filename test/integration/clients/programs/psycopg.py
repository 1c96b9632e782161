"""What an application does with psycopg2; everything that it sees is printed."""

import datetime
import decimal
import io
import select
import sys

import psycopg2
import psycopg2.errors
import psycopg2.extras

connection = psycopg2.connect(sslmode=sys.argv[1])
print(connection.encoding, connection.server_version // 10000 > 0)

with connection, connection.cursor() as cursor:
    cursor.execute(
        "select %s::int, %s::numeric, %s::timestamptz at time zone 'UTC', %s::date, %s::bytea, %s::int[], %s::jsonb, %s",
        (
            7,
            decimal.Decimal("12.3400"),
            datetime.datetime(2025, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc),
            datetime.date(2025, 3, 4),
            psycopg2.Binary(b"\x00\xff\\Q"),
            [1, None, 3],
            psycopg2.extras.Json({"k": [1, None]}),
            "ünïcödé 漢字 🎉",
        ),
    )
    print([bytes(value) if isinstance(value, memoryview) else value for value in cursor.fetchone()])

with connection, connection.cursor("named") as cursor:
    cursor.itersize = 50
    cursor.execute("select n from generate_series(1, 1000) n")
    print("fetched", sum(row[0] for row in cursor))

with connection.cursor() as cursor:
    psycopg2.extras.execute_values(
        cursor,
        "insert into orders (customer_id, item, status, total) values %s",
        [(1 + row % 20, f"item {row}", "batch", decimal.Decimal(row) / 100) for row in range(500)],
    )
    cursor.execute("select count(*), sum(total) from orders where status = 'batch'")
    print("inserted", cursor.fetchone())
    connection.rollback()

    try:
        cursor.execute("insert into customers (name, email, phone, city) select name, email, phone, city from customers limit 1")
    except psycopg2.errors.UniqueViolation as error:
        print(error.pgcode, error.diag.constraint_name, error.diag.message_primary, error.diag.message_detail)
    connection.rollback()

    cursor.copy_expert(
        "copy orders (customer_id, item, status, total) from stdin", io.StringIO("1\ta\\tb\tcopied\t1.50\n2\tc\tcopied\t2.25\n")
    )
    out = io.StringIO()
    cursor.copy_expert("copy (select item, total from orders where status = 'copied' order by 1) to stdout with csv header", out)
    print(out.getvalue())
    connection.rollback()

connection.autocommit = True
with connection.cursor() as cursor:
    cursor.execute("listen psycopg_news")
    cursor.execute("notify psycopg_news, 'breaking'")
    if not connection.notifies:
        select.select([connection], [], [], 5)
        connection.poll()
    print([(one.channel, one.payload) for one in connection.notifies])
    cursor.execute("select 'a' as one, 1 as two; select 'last'")
    print(cursor.fetchall(), cursor.statusmessage)
connection.close()
