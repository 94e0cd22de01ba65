import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/**
 * Runs a script of Flink SQL in this process and prints what its INSERT took,
 * from the submission of the job to its end: one JSON object. Statements end
 * with a semicolon at the end of a line. Arguments: the script, then options
 * as name=value.
 */
public final class RunScript {
  public static void main(String[] args) throws Exception {
    TableEnvironment tables =
        TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    for (int i = 1; i < args.length; i++) {
      String[] option = args[i].split("=", 2);
      tables.getConfig().set(option[0], option[1]);
    }
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    String script = Files.readString(Path.of(args[0])).replaceAll("--.*", "");
    for (String statement : script.split(";\\s*\\R")) {
      if (statement.isBlank()) {
        continue;
      }
      boolean job = statement.stripLeading().startsWith("INSERT");
      long start = System.nanoTime();
      long cpu = system.getProcessCpuTime();
      TableResult result = tables.executeSql(statement);
      if (job) {
        result.await();
        System.out.printf(
            "{\"seconds\": %.3f, \"cpu_seconds\": %.3f}%n",
            (System.nanoTime() - start) / 1e9,
            (system.getProcessCpuTime() - cpu) / 1e9);
      }
    }
    System.exit(0);
  }
}
