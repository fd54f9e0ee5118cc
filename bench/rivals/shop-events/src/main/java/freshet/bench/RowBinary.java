package freshet.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Rows in ClickHouse's RowBinary format: the cheapest of its row formats on both ends. */
public final class RowBinary {
  private byte[] bytes = new byte[1 << 20];
  private int length;

  public void uint8(int value) {
    grow(1);
    bytes[length++] = (byte) value;
  }

  public void int32(int value) {
    grow(4);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
  }

  public void int64(long value) {
    grow(8);
    for (int shift = 0; shift < 64; shift += 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
  }

  /** Length of what follows, base 128. */
  public void size(int value) {
    int rest = value;
    while (rest > 127) {
      uint8(rest & 127 | 128);
      rest >>>= 7;
    }
    uint8(rest);
  }

  public void string(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    size(text.length);
    grow(text.length);
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
  }

  public void nullable(String value) {
    uint8(value == null ? 1 : 0);
    if (value != null) {
      string(value);
    }
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  private void grow(int by) {
    if (length + by > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + by));
    }
  }
}
