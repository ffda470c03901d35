#include "kernels/stark/cpu/matrix.hpp"

#include <algorithm>
#include <cstring>

namespace zkmark::stark {

void copy_cyclic(const std::uint64_t* column, std::size_t height, std::size_t row, std::uint64_t* out,
                 std::size_t count) {
    row &= height - 1;
    std::size_t done = 0;
    while (done < count) {
        const std::size_t some = std::min(count - done, height - row);
        std::memcpy(out + done, column + row, some * sizeof *out);
        done += some;
        row = 0;
    }
}

}  // namespace zkmark::stark
