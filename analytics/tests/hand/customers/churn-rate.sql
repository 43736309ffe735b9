with known as (
    select last_day() - max(day) as away from history where kind = 'sale' group by customer_id
)
select count(*) as ever_bought, count(*) filter (away < 45) as active,
    count(*) filter (away between 45 and 89) as at_risk, count(*) filter (away >= 90) as churned,
    count(*) filter (away >= 90) / nullif(count(*), 0) as churn_rate
from known
