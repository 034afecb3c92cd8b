package de.bwaldvogel.mongo.backend.h2; // H2UniqueIndex can only be extended from here

import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoSilentServerException;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Locale;
import org.h2.mvstore.MVStore;

/** mongo-java-server with what the MongoDB driver 7 asks for and with acknowledged writes on disk. Arguments: data folder or "-", port, address to listen on (127.0.0.1). */
public class MongoDbWireServer {
  /** Not a field of the backend: its constructor opens the databases that are there, before fields are set. */
  private static MVStore store;

  /** Commands run one at a time, as the backend's collections are not safe for several threads. */
  private static final class Backend extends H2Backend {
    private int commits;

    Backend() {
      super(store);
      version(new MongoVersion() { // the driver wants wire version 9, the library offers 8
        @Override public List<Integer> getVersionArray() { return List.of(4, 4, 0); }
        @Override public int getWireVersion() { return 9; }
      });
    }

    @Override protected MongoDatabase openOrCreateDatabase(String name) {
      return new H2Database(name, store, getCursorRegistry()) {
        @Override protected Index<Object> openOrCreateUniqueIndex(String collection, String index, List<IndexKey> keys, boolean sparse) {
          return new H2UniqueIndex(store.openMap(getFullCollectionNamespace(collection) + "._index_" + index), index, keys, sparse) {
            /** A filter of _id and more finds by _id too, instead of scanning. */
            @Override public synchronized boolean canHandle(Document query) {
              if (!query.keySet().containsAll(keySet())) return false;
              Document key = new Document();
              for (String field : keySet()) key.put(field, query.get(field));
              return super.canHandle(key);
            }
          };
        }
      };
    }

    @Override public synchronized Document handleCommand(Channel channel, String database, String name, Document query) {
      String command = name.toLowerCase(Locale.ROOT);
      Document reply = answer(channel, database, command.equals("hello") ? "ismaster" : name, query);
      if (command.equals("hello")) reply.put("isWritablePrimary", true);
      if (command.equals("insert")) countInserted(query, reply);
      if (command.equals("listcollections")) applyNameFilter(query, reply);
      save();
      return reply.cloneDeeply(); // else Netty sends documents that the next command is changing
    }

    private Document answer(Channel channel, String database, String command, Document query) {
      try {
        return super.handleCommand(channel, database, command, query);
      } catch (MongoSilentServerException e) {
        if (command.equalsIgnoreCase("drop")) throw new MongoServerError(26, "NamespaceNotFound", "ns not found");
        throw e;
      }
    }

    /** The library answers the number of all documents, also where some were refused. */
    private static void countInserted(Document query, Document reply) {
      if (!(reply.get("writeErrors") instanceof List<?> errors)) return;
      boolean unordered = Boolean.FALSE.equals(query.get("ordered"));
      reply.put("n", unordered ? ((List<?>) query.get("documents")).size() - errors.size() : ((Document) errors.get(0)).get("index"));
    }

    /** The library ignores filters of listCollections. */
    private static void applyNameFilter(Document query, Document reply) {
      if (!(query.get("filter") instanceof Document filter) || !filter.containsKey("name")) return;
      List<?> found = (List<?>) ((Document) reply.get("cursor")).get("firstBatch");
      found.removeIf(one -> !filter.get("name").equals(((Document) one).get("name")));
    }

    /** Before the answer goes out, so that what was acknowledged survives a kill. */
    private void save() {
      if (!store.hasUnsavedChanges()) return;
      store.commit();
      commits += 1;
      if (commits % 200 == 0) store.compact(60, 8 << 20);
    }
  }

  /** By code point, as UTF-8 bytes are compared: a surrogate, half of a character beyond the first plane, comes after everything in it. */
  public static int compareText(String one, String other) {
    int common = Math.min(one.length(), other.length());
    for (int at = 0; at < common; at += 1) {
      char left = one.charAt(at);
      char right = other.charAt(at);
      if (left == right) continue;
      if (Character.isSurrogate(left) != Character.isSurrogate(right)) return Character.isSurrogate(left) ? 1 : -1;
      return left - right;
    }
    return one.length() - other.length();
  }

  public static void main(String[] arguments) {
    String folder = arguments[0];
    int port = Integer.parseInt(arguments[1]);
    String host = arguments.length > 2 ? arguments[2] : "127.0.0.1";
    store = new MVStore.Builder().fileName(folder.equals("-") ? null : folder + "/mongodb-wire.mv").autoCommitDisabled().open();
    store.setRetentionTime(0);
    MongoServer server = new MongoServer(new Backend());
    try {
      server.bind(host, port);
    } catch (Exception e) {
      System.err.println("mongodb-wire: " + e.getMessage());
      System.exit(1); // Netty's threads would keep the process
    }
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("READY mongodb://" + host + ":" + port + "/?directConnection=true");
  }
}
