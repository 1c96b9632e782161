import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGResultSetMetaData;
import org.postgresql.copy.CopyManager;

/** What an application does with pgjdbc; everything that it sees is printed. */
public class Jdbc {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("user", System.getenv("PGUSER"));
    properties.setProperty("password", System.getenv("PGPASSWORD"));
    // Results come in binary from the first execution on.
    properties.setProperty("prepareThreshold", "1");
    properties.setProperty("binaryTransfer", "true");
    properties.setProperty("sslmode", System.getenv("SSLMODE"));
    String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      binaryResults(connection);
      batches(connection);
      fetchesInPortions(connection);
      errorsAndSavepoints(connection);
      copies(connection);
      notifications(connection);
    }
  }

  static void binaryResults(Connection connection) throws SQLException {
    String sql =
        "select ?::int4 a, ?::int8 b, ?::float8 c, ?::numeric d, ?::timestamptz e, ?::uuid f, ?::bytea g, ?::int4[] h, ?::text i";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int round = 1; round <= 3; round++) {
        statement.setInt(1, -round);
        statement.setLong(2, Long.MAX_VALUE - round);
        statement.setDouble(3, Math.PI * round);
        statement.setBigDecimal(4, new BigDecimal("12345.678900"));
        statement.setObject(5, java.time.OffsetDateTime.parse("2025-03-04T05:06:07.890123Z"));
        statement.setObject(6, new UUID(round, 2));
        statement.setBytes(7, new byte[] {0, 1, (byte) 0xff, 'Q', '\\'});
        statement.setArray(8, connection.createArrayOf("int4", new Object[] {1, null, 3}));
        statement.setString(9, "ünïcödé 漢字 🎉");
        try (ResultSet rows = statement.executeQuery()) {
          PGResultSetMetaData meta = rows.getMetaData().unwrap(PGResultSetMetaData.class);
          rows.next();
          StringBuilder line = new StringBuilder("round " + round);
          for (int column = 1; column <= 9; column++) {
            Object value = rows.getObject(column);
            String text = value instanceof byte[] bytes ? java.util.HexFormat.of().formatHex(bytes) : String.valueOf(value);
            line.append(" | ").append(meta.getFormat(column) == 1 ? "binary " : "text ").append(text);
          }
          System.out.println(line);
        }
      }
    }
  }

  static void batches(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
        connection.prepareStatement("insert into orders (customer_id, item, status, total) values (?, ?, 'batch', ?)")) {
      for (int row = 0; row < 500; row++) {
        insert.setInt(1, 1 + row % 20);
        insert.setString(2, "item " + row);
        insert.setBigDecimal(3, BigDecimal.valueOf(row, 2));
        insert.addBatch();
      }
      int sum = 0;
      for (int count : insert.executeBatch()) sum += count;
      System.out.println("inserted " + sum);
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*), sum(total) from orders where status = 'batch'")) {
      rows.next();
      System.out.println("counted " + rows.getLong(1) + " with " + rows.getBigDecimal(2));
    }
    connection.rollback();
    connection.setAutoCommit(true);
  }

  static void fetchesInPortions(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement statement =
        connection.prepareStatement("select n, repeat('x', n % 7) from generate_series(1, 1000) n")) {
      statement.setFetchSize(64);
      long sum = 0;
      long length = 0;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          sum += rows.getInt(1);
          length += rows.getString(2).length();
        }
      }
      System.out.println("fetched " + sum + " and " + length);
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  static void errorsAndSavepoints(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    var savepoint = connection.setSavepoint("before");
    try (PreparedStatement statement = connection.prepareStatement("select 1 / ?")) {
      statement.setInt(1, 0);
      statement.executeQuery();
    } catch (SQLException error) {
      System.out.println(error.getSQLState() + " " + error.getMessage());
    }
    connection.rollback(savepoint);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select 'goes on'")) {
      rows.next();
      System.out.println(rows.getString(1));
    }
    connection.rollback();
    connection.setAutoCommit(true);
  }

  static void copies(Connection connection) throws Exception {
    CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
    connection.setAutoCommit(false);
    System.out.println(
        "copied in " + copies.copyIn("copy orders (customer_id, item, status, total) from stdin (format csv)",
            new StringReader("1,\"a, b\",copied,1.50\n2,c,copied,2.25\n")));
    StringWriter out = new StringWriter();
    copies.copyOut("copy (select item, total from orders where status = 'copied' order by 1) to stdout", out);
    System.out.print(out);
    connection.rollback();
    connection.setAutoCommit(true);
  }

  static void notifications(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("listen jdbc_news");
      statement.execute("notify jdbc_news, 'breaking'");
    }
    for (PGNotification one : connection.unwrap(PGConnection.class).getNotifications(5000))
      System.out.println(one.getName() + ": " + one.getParameter());
  }
}
