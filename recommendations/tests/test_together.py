import numpy as np
import pytest
import scipy.sparse as sp

from recommendations.together import affinity, hit_rate

pytestmark = pytest.mark.once

# Four orders over pen, ink, jam: pen and ink are bought together.
ORDERS = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]], np.float32))


def test_strength_is_confidence_times_log_lift():
    pen, ink = 0, 1
    found = affinity(ORDERS)
    lift = 2 * 4 / (3 * 2)
    assert found[pen, ink] == pytest.approx(2 / 3 * np.log(lift))
    assert found[ink, pen] == pytest.approx(2 / 2 * np.log(lift))
    assert found[pen, 2] == 0  # together once: by chance


def test_a_hidden_product_is_foretold_from_the_rest_of_its_basket():
    assert hit_rate(ORDERS, ORDERS[:2]) == (2, 1.0)
    assert hit_rate(ORDERS, ORDERS[2:3]) == (0, 0.0)
