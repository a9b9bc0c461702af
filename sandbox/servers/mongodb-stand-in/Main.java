import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.mvstore.MVStore;

/**
 * A stand-in for MongoDB where none can be had: {@code Main PORT [FILE]}.
 * Without a file all is in memory; with one, whatever was acknowledged survives the death of this process.
 */
public class Main {
    private static final int COMPACT_FOR_AT_MOST_MS = 5_000;

    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        MongoBackend backend = args.length > 1 ? new DurableBackend(open(args[1])) : new WholeAnswers();
        MongoServer server = new MongoServer(backend.version(new AcceptedVersion()));
        server.bind("127.0.0.1", port);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    }

    /** The library writes behind by up to a second unless it is told not to. */
    private static MVStore open(String file) {
        MVStore store = new MVStore.Builder().fileName(file).autoCommitDisabled().open();
        store.compactFile(COMPACT_FOR_AT_MOST_MS);
        return store;
    }

    /** The library's own 5.0 says wire version 8; the driver refuses less than 9. */
    private static final class AcceptedVersion implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    /**
     * One message of a database at a time, answered with a copy. The library changes documents in
     * place and writes an answer out after it let the collection go: a reader could get the old half of
     * one document and the new half of it, and a compare-and-set on the new version then wrote the old
     * half back.
     */
    private static final class WholeAnswers extends MemoryBackend {
        private final Map<String, Object> locks = new ConcurrentHashMap<>();

        @Override
        public Document handleMessage(MongoMessage message) {
            synchronized (locks.computeIfAbsent(message.getDatabaseName(), name -> new Object())) {
                return super.handleMessage(message).cloneDeeply();
            }
        }
    }

    /** One message at a time, saved before it is answered. */
    private static final class DurableBackend extends H2Backend {
        private DurableBackend(MVStore store) {
            super(store);
        }

        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            Document answer = super.handleMessage(message).cloneDeeply();
            if (getMvStore().hasUnsavedChanges()) {
                commit();
            }
            return answer;
        }
    }
}
